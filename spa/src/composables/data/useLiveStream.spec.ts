import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import LivePicture from '@/components/live/LivePicture.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { FakeSocket } from '@/testing/fake-socket'
import { FakeWorker } from '@/testing/fake-worker'
import { mountInApp } from '@/testing/mount'
import { result, stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

let gateway: FakeGateway
let onScreen: (visible: boolean) => void
let hidden = false

function respond(change: Parameters<typeof stream>[0] = {}): void {
  gateway.respond('GET streams', { now: Date.now() * 1000, streams: [stream(change)] })
}

beforeEach(() => {
  vi.useFakeTimers()
  hidden = false
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  FakeSocket.all = []
  gateway = new FakeGateway()
  respond()
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('ResizeObserver', class { observe(): void { /* sizes are not tested */ } disconnect(): void { /* nothing to do */ } })
  vi.stubGlobal('IntersectionObserver', class {
    constructor(callback: (entries: { isIntersecting: boolean }[]) => void) { onScreen = (isIntersecting) => callback([{ isIntersecting }]) }
    observe(): void { /* the test calls onScreen */ }
    disconnect(): void { /* nothing to do */ }
  })
  vi.stubGlobal('Worker', FakeWorker)
  HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement): never {
    return new Proxy({ canvas: this }, { get: (target, key) => key === 'canvas' ? target.canvas : () => ({ width: 1 }) }) as never
  } as never
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  document.body.innerHTML = ''
})

async function view(): Promise<Awaited<ReturnType<typeof mountInApp>>['wrapper']> {
  const { wrapper } = await mountInApp(LivePicture, { id: 'hall:people', label: 'hall' })
  await vi.advanceTimersByTimeAsync(10)
  FakeSocket.last.accept()
  return wrapper
}

async function receiveResult(ageMs = 50): Promise<void> {
  FakeSocket.last.sendResult(result({ captured_at: (Date.now() - ageMs) * 1000, inferred_at: Date.now() * 1000 }))
  await flushPromises()
  await vi.advanceTimersByTimeAsync(20)
}

const cover = (wrapper: Awaited<ReturnType<typeof view>>): string => wrapper.find('.cover').exists() ? wrapper.find('.cover').text() : ''

test('a live stream has no text over the frame', async () => {
  const wrapper = await view()
  await receiveResult()
  await vi.advanceTimersByTimeAsync(500)
  expect(cover(wrapper)).toBe('')
})

test('a tile that is off screen requests no JPEGs until it is visible again', async () => {
  await view()
  onScreen(false)
  await flushPromises()
  onScreen(true)
  await flushPromises()
  expect(FakeSocket.last.sent.slice(1)).toEqual([{ pixels: false, max_fps: 2 }, { pixels: true, max_fps: 60 }])
})

test('a hidden tab requests no JPEGs', async () => {
  await view()
  hidden = true
  document.dispatchEvent(new Event('visibilitychange'))
  await flushPromises()
  expect(FakeSocket.last.sent.at(-1)).toEqual({ pixels: false, max_fps: 2 })
})

test('when results stop, the frame is covered and the text says since when', async () => {
  const wrapper = await view()
  await receiveResult()
  await vi.advanceTimersByTimeAsync(4500)
  expect(cover(wrapper)).toMatch(/Last result \d seconds ago/)
})

test('while a live stream has no results, the list is requested twice a second', async () => {
  await view()
  await receiveResult()
  await vi.advanceTimersByTimeAsync(4000)
  const before = gateway.count('GET streams')
  await vi.advanceTimersByTimeAsync(2000)
  expect(gateway.count('GET streams') - before).toBeGreaterThanOrEqual(3)
  respond({ state: 'offline' })
  await vi.advanceTimersByTimeAsync(1000)
  const after = gateway.count('GET streams')
  await vi.advanceTimersByTimeAsync(4000)
  expect(gateway.count('GET streams') - after).toBe(2)
})

test('a page that is too slow requests fewer results and drops those in transit', async () => {
  await view()
  await receiveResult()
  const before = FakeSocket.last
  for (let i = 0; i < 30; i++) {
    await vi.advanceTimersByTimeAsync(100)
    FakeSocket.last.sendResult(result({ inferred_at: (Date.now() - 4000) * 1000 }))
    await flushPromises()
  }
  expect(before.closed).toBe(true)
  FakeSocket.last.accept()
  const { pixels, max_fps: fps } = FakeSocket.last.sent[0] as { pixels: boolean; max_fps: number }
  expect(pixels).toBe(true)
  expect(fps).toBeLessThan(8)
})

test('after a gateway restart the stream is live within five seconds, without a reload', async () => {
  const wrapper = await view()
  await receiveResult()
  gateway.stopResponding('GET streams')
  FakeSocket.last.closeWith(1006)
  await vi.advanceTimersByTimeAsync(1)
  expect(cover(wrapper)).toMatch(/Connection lost/)
  respond()
  await vi.advanceTimersByTimeAsync(5000)
  FakeSocket.last.accept()
  await receiveResult()
  await vi.advanceTimersByTimeAsync(500)
  expect(cover(wrapper)).toBe('')
})

test('an offline stream shows its reason', async () => {
  const wrapper = await view()
  await receiveResult()
  respond({ state: 'offline', error: 'no route to host', since: Date.now() * 1000 })
  await vi.advanceTimersByTimeAsync(3000)
  expect(cover(wrapper)).toBe('no route to host.')
})

test('unmounting closes the connection and stops all timers', async () => {
  const wrapper = await view()
  const socket = FakeSocket.last
  wrapper.unmount()
  expect(socket.closed).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
