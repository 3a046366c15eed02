import { beforeEach, expect, test } from 'vitest'
import { JpegDecoder } from '@/drawing/jpeg-decoder'
import { FakeWorker } from '@/testing/fake-worker'

beforeEach(() => (FakeWorker.all = []))

test('one worker decodes all JPEGs and starts with the first one', async () => {
  const decoder = new JpegDecoder(FakeWorker.start)
  expect(FakeWorker.all).toHaveLength(0)
  await Promise.all([decoder.decode(new Uint8Array([1])), decoder.decode(new Uint8Array([2]))])
  expect(FakeWorker.all).toHaveLength(1)
})

test('the bytes are transferred to the worker, not copied', async () => {
  const jpeg = new Uint8Array([1])
  await new JpegDecoder(FakeWorker.start).decode(jpeg)
  expect(FakeWorker.all[0]?.transferred).toEqual([jpeg.buffer])
})

test('an invalid JPEG does not affect the next one', async () => {
  const decoder = new JpegDecoder(FakeWorker.start)
  await expect(decoder.decode(new Uint8Array([0]))).rejects.toThrow('The JPEG could not be decoded')
  await expect(decoder.decode(new Uint8Array([1]))).resolves.toMatchObject({ width: 4 })
})

test('when the worker fails, its pending JPEGs are rejected and the next JPEG starts a new worker', async () => {
  const decoder = new JpegDecoder(FakeWorker.start)
  const lost = decoder.decode(new Uint8Array([1]))
  FakeWorker.all[0]?.onerror?.()
  await expect(lost).rejects.toThrow('The decoder worker failed')
  await decoder.decode(new Uint8Array([2]))
  expect(FakeWorker.all).toHaveLength(2)
})
