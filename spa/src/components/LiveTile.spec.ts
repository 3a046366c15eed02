import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import LiveTile from '@/components/LiveTile.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { FakeSocket } from '@/testing/fake-socket'
import { mountBelow } from '@/testing/mount-within'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

const nothing = class { observe(): void { /* sizes do not matter */ } disconnect(): void { /* nor here */ } unobserve(): void { /* nor here */ } }

beforeEach(() => {
  new FakeGateway().on('GET streams', { now: 1, streams: [] })
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('ResizeObserver', nothing)
  vi.stubGlobal('IntersectionObserver', nothing)
  HTMLCanvasElement.prototype.getContext = (() => ({})) as never
})
afterEach(() => vi.unstubAllGlobals())

async function tile(change: Parameters<typeof stream>[0] = {}, more: Record<string, unknown> = {}): Promise<Awaited<ReturnType<typeof mountBelow>>['wrapper']> {
  const listed = { stream: stream(change), goneAt: null }
  const { wrapper } = await mountBelow(LiveTile, { listed, pinned: false, twin: false, ...more })
  await flushPromises()
  return wrapper
}

test('it says what comes in, what comes out and what is dropped, and what does the work', async () => {
  const text = (await tile({ fps: 25, inferred_fps: 20, drop_fps: 5 })).text()
  expect(text).toContain('25.0 in 20.0 out 5.0 drop')
  expect(text).toContain('person-detection-retail-0013')
  expect(text).toContain('FP32')
})

test('drops stand out, and their absence does not', async () => {
  expect((await tile({ drop_fps: 5 })).find('.dropping').exists()).toBe(true)
  expect((await tile({ drop_fps: 0 })).find('.dropping').exists()).toBe(false)
})

test('a stream that another model sees as well can be compared in one click', async () => {
  expect((await tile()).text()).not.toContain('Compare')
  expect((await tile({}, { twin: true })).find('a[href="/compare/hall"]').exists()).toBe(true)
})

test('a stream without results yet has no model yet', async () => {
  expect((await tile({ model: '', precision: '' })).text()).toContain('no model yet')
})

test('a gone stream can be taken away', async () => {
  const wrapper = await tile({}, { listed: { stream: stream(), goneAt: 5 } })
  expect(wrapper.text()).toContain('gone')
  await wrapper.findAll('button').find((button) => button.text() === 'Take away')?.trigger('click')
  expect(wrapper.findComponent(LiveTile).emitted('dismiss')).toHaveLength(1)
})
