import { enableAutoUnmount, flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import LiveView from '@/components/LiveView.vue'
import { FakeGateway } from '@/testing/fake-gateway'
import { FakeSocket } from '@/testing/fake-socket'
import { FakeWorker } from '@/testing/fake-worker'
import { mountBelow } from '@/testing/mount-within'
import { result, stream } from '@/testing/samples'

enableAutoUnmount(afterEach)

let gateway: FakeGateway
let onScreen: (seen: boolean) => void
let hidden = false

function answer(change: Parameters<typeof stream>[0] = {}): void {
  gateway.on('GET streams', { now: Date.now() * 1000, streams: [stream(change)] })
}

beforeEach(() => {
  vi.useFakeTimers()
  hidden = false
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
  FakeSocket.all = []
  gateway = new FakeGateway()
  answer()
  vi.stubGlobal('WebSocket', FakeSocket)
  vi.stubGlobal('ResizeObserver', class { observe(): void { /* sizes do not matter here */ } disconnect(): void { /* nor here */ } })
  vi.stubGlobal('IntersectionObserver', class {
    constructor(callback: (entries: { isIntersecting: boolean }[]) => void) { onScreen = (isIntersecting) => callback([{ isIntersecting }]) }
    observe(): void { /* the test says what is seen */ }
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

async function view(): Promise<Awaited<ReturnType<typeof mountBelow>>['wrapper']> {
  const { wrapper } = await mountBelow(LiveView, { id: 'hall:people', label: 'hall' })
  await vi.advanceTimersByTimeAsync(10)
  FakeSocket.last.accept()
  return wrapper
}

/** A result of `ageMs` ago comes and is shown. */
async function say(ageMs = 50): Promise<void> {
  FakeSocket.last.say(result({ captured_at: (Date.now() - ageMs) * 1000, inferred_at: Date.now() * 1000 }))
  await flushPromises()
  await vi.advanceTimersByTimeAsync(20)
}

const cover = (wrapper: Awaited<ReturnType<typeof view>>): string => wrapper.find('.cover').exists() ? wrapper.find('.cover').text() : ''

test('a live picture has no words over it', async () => {
  const wrapper = await view()
  await say()
  await vi.advanceTimersByTimeAsync(500)
  expect(cover(wrapper)).toBe('')
})

test('a tile off screen asks for no pixels, and for all of them when it is back', async () => {
  await view()
  onScreen(false)
  await flushPromises()
  onScreen(true)
  await flushPromises()
  expect(FakeSocket.last.sent.slice(1)).toEqual([{ pixels: false, max_fps: 2 }, { pixels: true, max_fps: 60 }])
})

test('a hidden tab asks for no pixels', async () => {
  await view()
  hidden = true
  document.dispatchEvent(new Event('visibilitychange'))
  await flushPromises()
  expect(FakeSocket.last.sent.at(-1)).toEqual({ pixels: false, max_fps: 2 })
})

test('when results stop the picture is covered and the words say for how long', async () => {
  const wrapper = await view()
  await say()
  await vi.advanceTimersByTimeAsync(4500)
  expect(cover(wrapper)).toMatch(/The last result came \d s ago/)
})

test('while a tile hears nothing of a live stream, the list is asked twice a second why', async () => {
  await view()
  await say()
  await vi.advanceTimersByTimeAsync(4000)
  const before = gateway.count('GET streams')
  await vi.advanceTimersByTimeAsync(2000)
  expect(gateway.count('GET streams') - before).toBeGreaterThanOrEqual(3)
  answer({ state: 'offline' })
  await vi.advanceTimersByTimeAsync(1000)
  const told = gateway.count('GET streams')
  await vi.advanceTimersByTimeAsync(4000)
  expect(gateway.count('GET streams') - told).toBe(2)
})

test('a page that is too slow for its results asks for fewer and drops those on their way', async () => {
  await view()
  await say()
  const before = FakeSocket.last
  for (let i = 0; i < 30; i++) {
    await vi.advanceTimersByTimeAsync(100)
    FakeSocket.last.say(result({ inferred_at: (Date.now() - 4000) * 1000 }))
    await flushPromises()
  }
  expect(before.closed).toBe(true)
  FakeSocket.last.accept()
  const { pixels, max_fps: fps } = FakeSocket.last.sent[0] as { pixels: boolean; max_fps: number }
  expect(pixels).toBe(true)
  expect(fps).toBeLessThan(8)
})

test('a restarted gateway is found again within five seconds, without a reload', async () => {
  const wrapper = await view()
  await say()
  gateway.silent('GET streams')
  FakeSocket.last.end(1006)
  await vi.advanceTimersByTimeAsync(1)
  expect(cover(wrapper)).toMatch(/Connection lost/)
  answer()
  await vi.advanceTimersByTimeAsync(5000)
  FakeSocket.last.accept()
  await say()
  await vi.advanceTimersByTimeAsync(500)
  expect(cover(wrapper)).toBe('')
})

test('a stream that goes offline says so with its reason', async () => {
  const wrapper = await view()
  await say()
  answer({ state: 'offline', error: 'no route to host', since: Date.now() * 1000 })
  await vi.advanceTimersByTimeAsync(3000)
  expect(cover(wrapper)).toBe('no route to host')
})

test('nothing is left behind', async () => {
  const wrapper = await view()
  const socket = FakeSocket.last
  wrapper.unmount()
  expect(socket.closed).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
})
