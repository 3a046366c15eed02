import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { StreamLink, UNKNOWN, type LinkState } from '@/live/link'
import { FakeSocket } from '@/testing/fake-socket'
import { result } from '@/testing/samples'
import type { Result } from '@/wire'

let heard: Result[]
let states: LinkState[]
let expecting: boolean

function link(): StreamLink {
  return new StreamLink({
    address: 'ws://here/hall:people',
    onResult: (one) => heard.push(one),
    onState: (state) => states.push(state),
    expecting: () => expecting,
    open: FakeSocket.open,
    random: () => 0.5,
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.all = []
  heard = []
  states = []
  expecting = false
})
afterEach(() => vi.useRealTimers())

test('says what it wants as soon as it is connected', () => {
  link().start()
  FakeSocket.last.accept()
  expect(FakeSocket.last.sent).toEqual([{ pixels: true, max_fps: 60 }])
  expect(states.map(({ phase }) => phase)).toEqual(['connecting', 'open'])
})

test('hands results over with their picture as bytes', () => {
  link().start()
  FakeSocket.last.accept()
  FakeSocket.last.say(result({ sequence: 5 }))
  expect(heard[0]?.sequence).toBe(5)
  expect(heard[0]?.jpeg).toEqual(new Uint8Array([1, 2, 3]))
})

test('a restart drops what is on its way, and asks again at once', () => {
  const one = link()
  one.start()
  FakeSocket.last.accept()
  const before = FakeSocket.last
  one.want({ pixels: true, max_fps: 7 })
  one.restart()
  expect(before.closed).toBe(true)
  before.say(result())
  expect(heard).toEqual([])
  FakeSocket.last.accept()
  expect(FakeSocket.last).not.toBe(before)
  expect(FakeSocket.last.sent).toEqual([{ pixels: true, max_fps: 7 }])
})

test('a changed wish is sent at once, the same wish only once', () => {
  const one = link()
  one.start()
  FakeSocket.last.accept()
  one.want({ pixels: false, max_fps: 2 })
  one.want({ pixels: false, max_fps: 2 })
  expect(FakeSocket.last.sent.slice(1)).toEqual([{ pixels: false, max_fps: 2 }])
})

test('a wish is repeated after a reconnect', () => {
  const one = link()
  one.want({ pixels: false, max_fps: 2 })
  one.start()
  FakeSocket.last.accept()
  FakeSocket.last.end()
  vi.advanceTimersByTime(500)
  FakeSocket.last.accept()
  expect(FakeSocket.last.sent).toEqual([{ pixels: false, max_fps: 2 }])
})

test('comes back by itself, with growing pauses, and says when', () => {
  link().start()
  FakeSocket.last.end()
  expect(states.at(-1)).toEqual({ phase: 'waiting', retryAt: Date.now() + 500 })
  vi.advanceTimersByTime(500)
  expect(FakeSocket.all).toHaveLength(2)
  FakeSocket.last.end()
  vi.advanceTimersByTime(999)
  expect(FakeSocket.all).toHaveLength(2)
  vi.advanceTimersByTime(1)
  expect(FakeSocket.all).toHaveLength(3)
})

test('after a result the pauses are short again', () => {
  link().start()
  FakeSocket.last.end()
  vi.advanceTimersByTime(500)
  FakeSocket.last.accept()
  FakeSocket.last.say(result())
  FakeSocket.last.end()
  expect(states.at(-1)).toEqual({ phase: 'waiting', retryAt: Date.now() + 500 })
})

test('an answer that is final is not asked again', () => {
  link().start()
  FakeSocket.last.accept()
  FakeSocket.last.end(UNKNOWN)
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.all).toHaveLength(1)
  expect(states.at(-1)).toEqual({ phase: 'refused', code: UNKNOWN })
})

test('a start ends the pause before the next try', () => {
  const one = link()
  one.start()
  FakeSocket.last.end()
  one.start()
  expect(FakeSocket.all).toHaveLength(2)
  vi.advanceTimersByTime(5000)
  expect(FakeSocket.all).toHaveLength(2)
})

test('an open connection that is silent while results exist is given up', () => {
  link().start()
  FakeSocket.last.accept()
  expecting = true
  vi.advanceTimersByTime(12_000)
  expect(FakeSocket.all[0]?.closed).toBe(true)
  expect(FakeSocket.all).toHaveLength(2)
})

test('a computer that was too busy to look for long gives nothing up at its first look', () => {
  link().start()
  FakeSocket.last.accept()
  expecting = true
  vi.setSystemTime(Date.now() + 60_000)
  vi.advanceTimersByTime(2000)
  expect(FakeSocket.all).toHaveLength(1)
  expect(FakeSocket.last.closed).toBe(false)
})

test('silence is fine while there is nothing to hear', () => {
  link().start()
  FakeSocket.last.accept()
  vi.advanceTimersByTime(60_000)
  expect(FakeSocket.all).toHaveLength(1)
})

test('a stopped link stays stopped, whatever its old socket says', () => {
  const one = link()
  one.start()
  const socket = FakeSocket.last
  socket.accept()
  one.stop()
  socket.say(result())
  socket.end()
  vi.advanceTimersByTime(60_000)
  expect(heard).toEqual([])
  expect(FakeSocket.all).toHaveLength(1)
  expect(one.state).toEqual({ phase: 'idle' })
})
