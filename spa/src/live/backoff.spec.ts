import { expect, test } from 'vitest'
import { MAX_DELAY_MS, retryDelayMs } from '@/live/backoff'

test('delays start at half a second and double', () => {
  const noJitter = (): number => 0.5
  expect([0, 1, 2].map((attempt) => retryDelayMs(attempt, noJitter))).toEqual([500, 1000, 2000])
})

test('a delay is at most a quarter longer than the limit', () => {
  expect(retryDelayMs(1000, () => 1)).toBe(MAX_DELAY_MS * 1.25)
})

test('delays vary by a quarter, so that pages do not reconnect at the same time', () => {
  expect(retryDelayMs(0, () => 0)).toBe(375)
  expect(retryDelayMs(0, () => 1)).toBe(625)
})
