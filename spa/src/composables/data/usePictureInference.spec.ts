import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MAX_UPLOAD_BYTES, fileProblem, usePictureInference } from '@/composables/data/usePictureInference'
import { FakeGateway } from '@/testing/fake-gateway'
import { mountComposable } from '@/testing/mount'

let gateway: FakeGateway
const closed: number[] = []

function picture(name = 'cat.jpg', type = 'image/jpeg'): File {
  return new File(['x'], name, { type })
}

beforeEach(() => {
  gateway = new FakeGateway()
  closed.length = 0
  let made = 0
  vi.stubGlobal('createImageBitmap', () => {
    const number = ++made
    return Promise.resolve({ width: 4, height: 3, close: () => closed.push(number) })
  })
})
afterEach(() => vi.unstubAllGlobals())

test('a file that is not a JPEG or PNG, or is too large, is not sent', async () => {
  expect(fileProblem(picture('notes.txt', 'text/plain'))).toContain('not a JPEG or PNG')
  expect(fileProblem(Object.defineProperty(picture(), 'size', { value: MAX_UPLOAD_BYTES + 1 }))).toContain('larger than 20 MB')
  const { value: form } = mountComposable(usePictureInference)
  await form.load(picture('notes.txt', 'text/plain'), 'face')
  expect(form.errorText.value).toContain('notes.txt')
  expect(gateway.requests).toEqual([])
})

test('a picture is sent unchanged', async () => {
  gateway.respond('POST infer/face', { detections: [] })
  const { value: form } = mountComposable(usePictureInference)
  await form.load(picture(), 'face')
  expect(form.inference.value).toEqual({ detections: [] })
  expect(gateway.requests[0]?.headers).toMatchObject({ 'Content-Type': 'image/jpeg' })
})

test('another task can run on the same picture', async () => {
  gateway.respond('POST infer/face', { task: 'face' }).respond('POST infer/people', { task: 'people' })
  const { value: form } = mountComposable(usePictureInference)
  await form.load(picture(), 'face')
  await form.infer('people')
  expect(form.inference.value?.task).toBe('people')
})

test('a failed request shows the error and no previous detections', async () => {
  gateway.respond('POST infer/face', { detections: [] })
  const { value: form } = mountComposable(usePictureInference)
  await form.load(picture(), 'face')
  gateway.respond('POST infer/face', { error: 'No worker serves face. Start one.' }, 503)
  await form.infer('face')
  expect(form.inference.value).toBeNull()
  expect(form.errorText.value).toBe('No worker serves face. Start one.')
})

test('a picture is released when it is replaced or the page is left', async () => {
  gateway.respond('POST infer/face', { detections: [] })
  const { value: form, wrapper } = mountComposable(usePictureInference)
  await form.load(picture(), 'face')
  await form.load(picture(), 'face')
  wrapper.unmount()
  expect(closed).toEqual([1, 2])
})
