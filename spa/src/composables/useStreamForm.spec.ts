import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useStreamForm } from '@/composables/useStreamForm'
import { FakeGateway } from '@/testing/fake-gateway'
import { stream } from '@/testing/samples'

let gateway: FakeGateway

beforeEach(() => (gateway = new FakeGateway()))
afterEach(() => vi.unstubAllGlobals())

function filled(): ReturnType<typeof useStreamForm> {
  const form = useStreamForm()
  Object.assign(form.draft, { name: ' hall ', tasks: ['face'], source: 'rtsp://me:secret@10.0.0.9/live' })
  return form
}

test('an empty form says what is missing and is not ready', () => {
  const form = useStreamForm()
  expect(Object.values(form.problems.value).every(Boolean)).toBe(true)
  expect(form.ready.value).toBe(false)
})

test('a filled form is saved as it stands, the name trimmed', async () => {
  gateway.on('POST streams', { streams: [stream({ id: 'hall:face' })] }, 201)
  expect(await filled().save(null)).toBe('hall:face')
  expect(gateway.asked[0]?.body).toEqual({ name: 'hall', tasks: ['face'], source: 'rtsp://me:secret@10.0.0.9/live', fps: null })
})

test('a change is sent to the stream that is edited', async () => {
  gateway.on('PATCH streams/hall:face', stream({ id: 'hall:face' }))
  expect(await filled().save('hall:face')).toBe('hall:face')
})

test('what the gateway refuses is told in its words, and nothing is lost', async () => {
  gateway.on('POST streams', { error: 'the name is taken: choose another' }, 409)
  const form = filled()
  expect(await form.save(null)).toBeNull()
  expect(form.wrong.value).toBe('the name is taken: choose another')
  expect(form.draft.name).toBe(' hall ')
})

test('a trial that fails shows no old picture', async () => {
  gateway.on('POST streams/try', { width: 1, height: 1, jpeg: '', opened_ms: 1, results: [] })
  const form = filled()
  await form.tryIt()
  expect(form.trial.value).not.toBeNull()
  gateway.on('POST streams/try', { error: 'no route to host' }, 422)
  await form.tryIt()
  expect(form.trial.value).toBeNull()
  expect(form.wrong.value).toBe('no route to host')
})

test('choosing another kind of source starts with its usual one', () => {
  const form = filled()
  form.choose('camera')
  expect(form.draft.source).toBe('camera:0')
  form.choose('synthetic')
  expect(form.draft.source).toBe('synthetic:pattern')
})

test('an uploaded video becomes the source and gives its name', async () => {
  gateway.on('POST uploads', { source: 'file:a1b2' }, 201)
  const form = useStreamForm()
  await form.upload(new File(['x'], 'cars at noon.mp4', { type: 'video/mp4' }))
  expect(form.draft).toMatchObject({ source: 'file:a1b2', name: 'cars at noon' })
  expect(gateway.asked[0]?.path).toBe('uploads?name=cars%20at%20noon.mp4')
})

test('a stream is loaded for editing as the gateway tells it, without the password', async () => {
  const config = { name: 'hall', tasks: ['face'], source: 'rtsp://me@10.0.0.9/live', fps: 5 }
  gateway.on('GET streams/hall:face', { ...stream(), config })
  const form = useStreamForm()
  await form.load('hall:face')
  expect(form.draft).toMatchObject({ ...config, kind: 'address' })
})
