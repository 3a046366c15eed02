import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import StreamActions from '@/components/stream/StreamActions.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { mountInApp } from '@/testing/mount'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

let gateway: FakeGateway

beforeEach(() => {
  gateway = new FakeGateway().respond('GET streams', { now: 1, streams: [] })
  HTMLDialogElement.prototype.showModal ??= () => undefined
})
afterEach(() => vi.unstubAllGlobals())

async function actions(state: string): ReturnType<typeof mountInApp> {
  const mounted = await mountInApp(StreamActions, { stream: stream({ state }) })
  await flushPromises()
  return mounted
}

test.each([['live', 'Pause', true], ['paused', 'Resume', false]])('a stream that is %s has the action %s', async (state, label, paused) => {
  gateway.respond('PATCH streams/hall:people', {})
  const { wrapper } = await actions(state)
  await wrapper.findAll('button').find((button) => button.text() === label)?.trigger('click')
  await flushPromises()
  expect(gateway.requests.find(({ method }) => method === 'PATCH')?.body).toEqual({ paused })
})

test('a stream is removed after confirmation, and then the wall is shown', async () => {
  gateway.respond('DELETE streams/hall:people', null, 204)
  const { wrapper, router } = await actions('live')
  await router.push('/streams/hall')
  await wrapper.findAll('button').find((button) => button.text() === 'Remove')?.trigger('click')
  expect(gateway.count('DELETE streams/hall:people')).toBe(0)
  await wrapper.find('dialog form').trigger('submit')
  await flushPromises()
  expect(gateway.count('DELETE streams/hall:people')).toBe(1)
  expect(router.currentRoute.value.name).toBe('wall')
})

test('when the gateway refuses an action, its message is shown', async () => {
  gateway.respond('PATCH streams/hall:people', { error: 'This stream is not managed here.' }, 409)
  const { wrapper } = await actions('live')
  await wrapper.findAll('button')[0]?.trigger('click')
  await flushPromises()
  expect(wrapper.find('[role=alert]').text()).toBe('This stream is not managed here.')
})
