import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StreamLink, CLOSE_NOT_FOUND, type LinkState } from '@/live/stream-link'
import { FakeSocket } from '@/testing/fake-socket'
import { result } from '@/testing/samples'
import type { Result } from '@/wire'

let received: Result[]
let states: LinkState[]
let expecting: boolean

function link(): StreamLink {
  return new StreamLink({
    address: 'ws://here/hall:people',
    onResult: (one) => received.push(one),
    onState: (state) => states.push(state),
    expecting: () => expecting,
    open: FakeSocket.open,
    random: () => 0.5,
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.all = []
  received = []
  states = []
  expecting = false
})
afterEach(() => vi.useRealTimers())

test('the request is sent as soon as the connection is open', () => {
  link().start()
  FakeSocket.last.accept()
  expect(FakeSocket.last.sent).toEqual([{ pixels: true, max_fps: 60 }])
  expect(states.map(({ phase }) => phase)).toEqual(['connecting', 'open'])
})

test('results have their JPEG as bytes', () => {
  link().start()
  FakeSocket.last.accept()
  FakeSocket.last.sendResult(result({ sequence: 5 }))
  expect(received[0]?.sequence).toBe(5)
  expect(received[0]?.jpeg).toEqual(new Uint8Array([1, 2, 3]))
})

test('a restart drops the results in transit and repeats the request', () => {
  const one = link()
  one.start()
  FakeSocket.last.accept()
  const before = FakeSocket.last
  one.request({ pixels: true, max_fps: 7 })
  one.restart()
  expect(before.closed).toBe(true)
  before.sendResult(result())
  expect(received).toEqual([])
  FakeSocket.last.accept()
  expect(FakeSocket.last).not.toBe(before)
  expect(FakeSocket.last.sent).toEqual([{ pixels: true, max_fps: 7 }])
})

test('a changed request is sent immediately and an equal one is not sent again', () => {
  const one = link()
  one.start()
  FakeSocket.last.accept()
  one.request({ pixels: false, max_fps: 2 })
  one.request({ pixels: false, max_fps: 2 })
  expect(FakeSocket.last.sent.slice(1)).toEqual([{ pixels: false, max_fps: 2 }])
})

test('the request is repeated after a reconnection', () => {
  const one = link()
  one.request({ pixels: false, max_fps: 2 })
  one.start()
  FakeSocket.last.accept()
  FakeSocket.last.closeWith()
  vi.advanceTimersByTime(500)
  FakeSocket.last.accept()
  expect(FakeSocket.last.sent).toEqual([{ pixels: false, max_fps: 2 }])
})

test('it reconnects with growing delays and its state has the time of the next attempt', () => {
  link().start()
  FakeSocket.last.closeWith()
  expect(states.at(-1)).toEqual({ phase: 'waiting', retryAt: Date.now() + 500 })
  vi.advanceTimersByTime(500)
  expect(FakeSocket.all).toHaveLength(2)
  FakeSocket.last.closeWith()
  vi.advanceTimersByTime(999)
  expect(FakeSocket.all).toHaveLength(2)
  vi.advanceTimersByTime(1)
  expect(FakeSocket.all).toHaveLength(3)
})

test('after a result the delays start from the shortest again', () => {
  link().start()
  FakeSocket.last.closeWith()
  vi.advanceTimersByTime(500)
  FakeSocket.last.accept()
  FakeSocket.last.sendResult(result())
  FakeSocket.last.closeWith()
  expect(states.at(-1)).toEqual({ phase: 'waiting', retryAt: Date.now() + 500 })
})

test('after a final close code there are no retries', () => {
  link().start()
  FakeSocket.last.accept()
  FakeSocket.last.closeWith(CLOSE_NOT_FOUND)
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.all).toHaveLength(1)
  expect(states.at(-1)).toEqual({ phase: 'refused', code: CLOSE_NOT_FOUND })
})

test('a start ends the retry delay', () => {
  const one = link()
  one.start()
  FakeSocket.last.closeWith()
  one.start()
  expect(FakeSocket.all).toHaveLength(2)
  vi.advanceTimersByTime(5000)
  expect(FakeSocket.all).toHaveLength(2)
})

test('an open connection without results is replaced when results exist', () => {
  link().start()
  FakeSocket.last.accept()
  expecting = true
  vi.advanceTimersByTime(12_000)
  expect(FakeSocket.all[0]?.closed).toBe(true)
  expect(FakeSocket.all).toHaveLength(2)
})

test('one check after a long interruption does not close the connection', () => {
  link().start()
  FakeSocket.last.accept()
  expecting = true
  vi.setSystemTime(Date.now() + 60_000)
  vi.advanceTimersByTime(2000)
  expect(FakeSocket.all).toHaveLength(1)
  expect(FakeSocket.last.closed).toBe(false)
})

test('an open connection without results is kept when no results exist', () => {
  link().start()
  FakeSocket.last.accept()
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.all).toHaveLength(1)
})

test('a stopped link ignores its old socket', () => {
  const one = link()
  one.start()
  const socket = FakeSocket.last
  socket.accept()
  one.stop()
  socket.sendResult(result())
  socket.closeWith()
  vi.advanceTimersByTime(60_000)
  expect(received).toEqual([])
  expect(FakeSocket.all).toHaveLength(1)
  expect(one.state).toEqual({ phase: 'idle' })
})
