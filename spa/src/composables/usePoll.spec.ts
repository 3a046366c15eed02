import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api'
import { usePoll } from '@/composables/usePoll'
import { within } from '@/testing/mount-within'

let hidden = false

function hide(now: boolean): void {
  hidden = now
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
  hidden = false
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })
})
afterEach(() => vi.useRealTimers())

test('asks at once and then again after each answer', async () => {
  const get = vi.fn(() => Promise.resolve(get.mock.calls.length))
  const { value: poll } = within(() => usePoll(get, 2000))
  await vi.advanceTimersByTimeAsync(4100)
  expect(get).toHaveBeenCalledTimes(3)
  expect(poll.value.value).toBe(3)
})

test('keeps the last answer while later questions fail, and says why', async () => {
  let fails = false
  const get = (): Promise<string> => (fails ? Promise.reject(new ApiError(502, 'gone')) : Promise.resolve('well'))
  const { value: poll } = within(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  fails = true
  await vi.advanceTimersByTimeAsync(1000)
  expect(poll.value.value).toBe('well')
  expect(poll.error.value?.message).toBe('gone')
  fails = false
  await vi.advanceTimersByTimeAsync(2000)
  expect(poll.error.value).toBeNull()
})

test('a hidden tab does not ask, and asks at once when it is seen again', async () => {
  const get = vi.fn(() => Promise.resolve(1))
  within(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  hide(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(get).toHaveBeenCalledTimes(1)
  hide(false)
  await vi.advanceTimersByTimeAsync(0)
  expect(get).toHaveBeenCalledTimes(2)
})

test('nothing is asked after the component is gone', async () => {
  const get = vi.fn(() => Promise.resolve(1))
  const { wrapper } = within(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  wrapper.unmount()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(get).toHaveBeenCalledTimes(1)
})

test('an answer that takes too long counts as none', async () => {
  const get = (signal: AbortSignal): Promise<number> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const { value: poll } = within(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(8001)
  expect(poll.error.value?.message).toBe('The gateway takes too long.')
})
