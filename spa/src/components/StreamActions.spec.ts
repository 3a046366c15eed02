import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import StreamActions from '@/components/StreamActions.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { mountBelow } from '@/testing/mount-within'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

let gateway: FakeGateway

beforeEach(() => {
  gateway = new FakeGateway().on('GET streams', { now: 1, streams: [] })
  HTMLDialogElement.prototype.showModal ??= () => undefined
})
afterEach(() => vi.unstubAllGlobals())

async function actions(state: string): ReturnType<typeof mountBelow> {
  const mounted = await mountBelow(StreamActions, { stream: stream({ state }) })
  await flushPromises()
  return mounted
}

test.each([['live', 'Pause', true], ['paused', 'Resume', false]])('a stream that is %s can %s', async (state, words, paused) => {
  gateway.on('PATCH streams/hall:people', {})
  const { wrapper } = await actions(state)
  await wrapper.findAll('button').find((button) => button.text() === words)?.trigger('click')
  await flushPromises()
  expect(gateway.asked.find(({ method }) => method === 'PATCH')?.body).toEqual({ paused })
})

test('a stream is removed only after a second word, and then the wall is shown', async () => {
  gateway.on('DELETE streams/hall:people', null, 204)
  const { wrapper, router } = await actions('live')
  await router.push('/streams/hall')
  await wrapper.findAll('button').find((button) => button.text() === 'Remove')?.trigger('click')
  expect(gateway.count('DELETE streams/hall:people')).toBe(0)
  await wrapper.find('dialog form').trigger('submit')
  await flushPromises()
  expect(gateway.count('DELETE streams/hall:people')).toBe(1)
  expect(router.currentRoute.value.name).toBe('wall')
})

test('what the gateway refuses is told in its words', async () => {
  gateway.on('PATCH streams/hall:people', { error: 'this stream is started elsewhere' }, 409)
  const { wrapper } = await actions('live')
  await wrapper.findAll('button')[0]?.trigger('click')
  await flushPromises()
  expect(wrapper.find('[role=alert]').text()).toBe('this stream is started elsewhere')
})
