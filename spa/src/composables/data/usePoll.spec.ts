import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api'
import { usePoll } from '@/composables/data/usePoll'
import { mountComposable } from '@/testing/mount'

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

test('it requests immediately and again after each response', async () => {
  const get = vi.fn(() => Promise.resolve(get.mock.calls.length))
  const { value: poll } = mountComposable(() => usePoll(get, 2000))
  await vi.advanceTimersByTimeAsync(4100)
  expect(get).toHaveBeenCalledTimes(3)
  expect(poll.value.value).toBe(3)
})

test('it keeps the last response while later requests fail, with the error', async () => {
  let fails = false
  const get = (): Promise<string> => (fails ? Promise.reject(new ApiError(502, 'gone')) : Promise.resolve('well'))
  const { value: poll } = mountComposable(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  fails = true
  await vi.advanceTimersByTimeAsync(1000)
  expect(poll.value.value).toBe('well')
  expect(poll.error.value?.message).toBe('gone')
  fails = false
  await vi.advanceTimersByTimeAsync(2000)
  expect(poll.error.value).toBeNull()
})

test('a hidden tab makes no requests and requests immediately when it is visible again', async () => {
  const get = vi.fn(() => Promise.resolve(1))
  mountComposable(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  hide(true)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(get).toHaveBeenCalledTimes(1)
  hide(false)
  await vi.advanceTimersByTimeAsync(0)
  expect(get).toHaveBeenCalledTimes(2)
})

test('after the component is unmounted there are no requests', async () => {
  const get = vi.fn(() => Promise.resolve(1))
  const { wrapper } = mountComposable(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(10)
  wrapper.unmount()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(get).toHaveBeenCalledTimes(1)
})

test('a request that takes too long fails', async () => {
  const get = (signal: AbortSignal): Promise<number> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const { value: poll } = mountComposable(() => usePoll(get, 1000))
  await vi.advanceTimersByTimeAsync(8001)
  expect(poll.error.value?.message).toBe('The gateway did not respond in time.')
})
