import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useStreamForm } from '@/composables/data/useStreamForm'
import { FakeGateway } from '@/testing/fake-gateway'
import { stream } from '@/testing/samples'

let gateway: FakeGateway

beforeEach(() => (gateway = new FakeGateway()))
afterEach(() => vi.unstubAllGlobals())

function filledForm(): ReturnType<typeof useStreamForm> {
  const form = useStreamForm()
  Object.assign(form.draft, { name: ' hall ', tasks: ['face'], source: 'rtsp://me:secret@10.0.0.9/live' })
  return form
}

test('an empty form has a problem for each field and is not ready', () => {
  const form = useStreamForm()
  expect(Object.values(form.problems.value).every(Boolean)).toBe(true)
  expect(form.ready.value).toBe(false)
})

test('a form is saved with its name trimmed', async () => {
  gateway.respond('POST streams', { streams: [stream({ id: 'hall:face' })] }, 201)
  expect(await filledForm().save(null)).toBe('hall:face')
  expect(gateway.requests[0]?.body).toEqual({ name: 'hall', tasks: ['face'], source: 'rtsp://me:secret@10.0.0.9/live', fps: null })
})

test('saving an edited stream changes it', async () => {
  gateway.respond('PATCH streams/hall:face', stream({ id: 'hall:face' }))
  expect(await filledForm().save('hall:face')).toBe('hall:face')
})

test('when the gateway rejects the stream, its message is shown and the input is kept', async () => {
  gateway.respond('POST streams', { error: 'The name is taken. Choose another one.' }, 409)
  const form = filledForm()
  expect(await form.save(null)).toBeNull()
  expect(form.errorText.value).toBe('The name is taken. Choose another one.')
  expect(form.draft.name).toBe(' hall ')
})

test('a failed test shows no previous frame', async () => {
  gateway.respond('POST streams/try', { width: 1, height: 1, jpeg: '', opened_ms: 1, results: [] })
  const form = filledForm()
  await form.testSource()
  expect(form.trial.value).not.toBeNull()
  gateway.respond('POST streams/try', { error: 'No route to host.' }, 422)
  await form.testSource()
  expect(form.trial.value).toBeNull()
  expect(form.errorText.value).toBe('No route to host.')
})

test('choosing another source type sets its default source', () => {
  const form = filledForm()
  form.chooseKind('camera')
  expect(form.draft.source).toBe('camera:0')
  form.chooseKind('synthetic')
  expect(form.draft.source).toBe('synthetic:pattern')
})

test('an uploaded video sets the source and the name', async () => {
  gateway.respond('POST uploads', { source: 'file:a1b2' }, 201)
  const form = useStreamForm()
  await form.upload(new File(['x'], 'cars at noon.mp4', { type: 'video/mp4' }))
  expect(form.draft).toMatchObject({ source: 'file:a1b2', name: 'cars at noon' })
  expect(gateway.requests[0]?.path).toBe('uploads?name=cars%20at%20noon.mp4')
})

test('a stream is loaded for editing without its password', async () => {
  const config = { name: 'hall', tasks: ['face'], source: 'rtsp://me@10.0.0.9/live', fps: 5 }
  gateway.respond('GET streams/hall:face', { ...stream(), config })
  const form = useStreamForm()
  await form.load('hall:face')
  expect(form.draft).toMatchObject({ ...config, kind: 'address' })
})
