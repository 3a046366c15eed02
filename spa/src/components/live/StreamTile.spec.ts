import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import StreamTile from '@/components/live/StreamTile.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { FakeSocket } from '@/testing/fake-socket'
import { mountInApp } from '@/testing/mount'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

const FakeObserver = class { observe(): void { /* sizes are not tested */ } disconnect(): void { /* nothing to do */ } unobserve(): void { /* nothing to do */ } }

beforeEach(() => {
  new FakeGateway().respond('GET streams', { now: 1, streams: [] })
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('ResizeObserver', FakeObserver)
  vi.stubGlobal('IntersectionObserver', FakeObserver)
  HTMLCanvasElement.prototype.getContext = (() => ({})) as never
})
afterEach(() => vi.unstubAllGlobals())

async function tile(change: Parameters<typeof stream>[0] = {}, more: Record<string, unknown> = {}): Promise<Awaited<ReturnType<typeof mountInApp>>['wrapper']> {
  const listed = { stream: stream(change), removedAt: null }
  const { wrapper } = await mountInApp(StreamTile, { listed, pinned: false, comparable: false, ...more })
  await flushPromises()
  return wrapper
}

test('it shows the captured, inferred and dropped rates, the model and its precision', async () => {
  const text = (await tile({ fps: 25, inferred_fps: 20, drop_fps: 5 })).text()
  expect(text).toContain('25 fps in · 20 out · 5 dropped')
  expect(text).toContain('person-detection-retail-0013')
  expect(text).toContain('FP32')
})

test('the drop rate is highlighted only while frames are dropped', async () => {
  expect((await tile({ drop_fps: 5 })).find('.dropping').exists()).toBe(true)
  expect((await tile({ drop_fps: 0 })).find('.dropping').exists()).toBe(false)
})

test('a stream with several models has a link to their comparison', async () => {
  expect((await tile()).text()).not.toContain('Compare')
  expect((await tile({}, { comparable: true })).find('a[href="/compare/hall"]').exists()).toBe(true)
})

test('a stream without a worker shows it', async () => {
  expect((await tile({ model: '', precision: '' })).text()).toContain('no worker')
})

test('a removed stream can be dismissed', async () => {
  const wrapper = await tile({}, { listed: { stream: stream(), removedAt: 5 } })
  expect(wrapper.text()).toContain('removed')
  await wrapper.findAll('button').find((button) => button.text() === 'Dismiss')?.trigger('click')
  expect(wrapper.findComponent(StreamTile).emitted('dismiss')).toHaveLength(1)
})
