import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LARGEST_BYTES, objection, usePicture } from '@/composables/usePicture'
import { FakeGateway } from '@/testing/fake-gateway'
import { within } from '@/testing/mount-within'

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

test('what is not a JPEG or PNG, or is too large, is refused before it is sent', async () => {
  expect(objection(picture('notes.txt', 'text/plain'))).toContain('not a JPEG or PNG')
  expect(objection(Object.defineProperty(picture(), 'size', { value: LARGEST_BYTES + 1 }))).toContain('larger than 20 MB')
  const { value: trial } = within(usePicture)
  await trial.take(picture('notes.txt', 'text/plain'), 'face')
  expect(trial.wrong.value).toContain('notes.txt')
  expect(gateway.asked).toEqual([])
})

test('a picture is sent as it is and the answer is shown', async () => {
  gateway.on('POST infer/face', { detections: [] })
  const { value: trial } = within(usePicture)
  await trial.take(picture(), 'face')
  expect(trial.answer.value).toEqual({ detections: [] })
  expect(gateway.asked[0]?.headers).toMatchObject({ 'Content-Type': 'image/jpeg' })
})

test('another task looks at the same picture', async () => {
  gateway.on('POST infer/face', { task: 'face' }).on('POST infer/people', { task: 'people' })
  const { value: trial } = within(usePicture)
  await trial.take(picture(), 'face')
  await trial.again('people')
  expect(trial.answer.value?.task).toBe('people')
})

test('when nobody can do the work it says so and shows no old answer', async () => {
  gateway.on('POST infer/face', { detections: [] })
  const { value: trial } = within(usePicture)
  await trial.take(picture(), 'face')
  gateway.on('POST infer/face', { error: 'no worker serves face: start one' }, 503)
  await trial.again('face')
  expect(trial.answer.value).toBeNull()
  expect(trial.wrong.value).toBe('no worker serves face: start one')
})

test('a picture that gave way, or was left, is freed', async () => {
  gateway.on('POST infer/face', { detections: [] })
  const { value: trial, wrapper } = within(usePicture)
  await trial.take(picture(), 'face')
  await trial.take(picture(), 'face')
  wrapper.unmount()
  expect(closed).toEqual([1, 2])
})
