import { expect, test } from 'vitest'
import { LONGEST_MS, pauseMs } from '@/live/backoff'

test('pauses double from half a second', () => {
  const middle = (): number => 0.5
  expect([0, 1, 2].map((attempt) => pauseMs(attempt, middle))).toEqual([500, 1000, 2000])
})

test('a pause is never longer than the limit and a quarter', () => {
  expect(pauseMs(1000, () => 1)).toBe(LONGEST_MS * 1.25)
})

test('two pages do not come back at the same moment', () => {
  expect(pauseMs(0, () => 0)).toBe(375)
  expect(pauseMs(0, () => 1)).toBe(625)
})
