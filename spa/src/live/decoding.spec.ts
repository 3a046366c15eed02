import { beforeEach, expect, test } from 'vitest'
import { Decoding } from '@/live/decoding'
import { FakeWorker } from '@/testing/fake-worker'

beforeEach(() => (FakeWorker.all = []))

test('one worker decodes for everybody, and is started with the first picture', async () => {
  const decoding = new Decoding(FakeWorker.start)
  expect(FakeWorker.all).toHaveLength(0)
  await Promise.all([decoding.decode(new Uint8Array([1])), decoding.decode(new Uint8Array([2]))])
  expect(FakeWorker.all).toHaveLength(1)
})

test('the bytes move to the worker, they are not copied', async () => {
  const jpeg = new Uint8Array([1])
  await new Decoding(FakeWorker.start).decode(jpeg)
  expect(FakeWorker.all[0]?.moved).toEqual([jpeg.buffer])
})

test('a broken picture fails alone', async () => {
  const decoding = new Decoding(FakeWorker.start)
  await expect(decoding.decode(new Uint8Array([0]))).rejects.toThrow('not a picture')
  await expect(decoding.decode(new Uint8Array([1]))).resolves.toMatchObject({ width: 4 })
})

test('a lost worker loses what it had, and the next picture starts another', async () => {
  const decoding = new Decoding(FakeWorker.start)
  const lost = decoding.decode(new Uint8Array([1]))
  FakeWorker.all[0]?.onerror?.()
  await expect(lost).rejects.toThrow('the decoder was lost')
  await decoding.decode(new Uint8Array([2]))
  expect(FakeWorker.all).toHaveLength(2)
})
