import { expect, test } from 'vitest'
import { MAX_FPS, MIN_FPS, RequestRate, type RateAction } from '@/live/request-rate'

/** Updates the rate twice a second for `seconds`; returns the actions other than "keep". */
function run(rate: RequestRate, fromMs: number, seconds: number, fps: number, lagMs: number): RateAction[] {
  return Array.from({ length: seconds * 2 }, (_, i) => rate.update(lagMs, fps, fromMs + i * 500)).filter((action) => action !== 'keep')
}

test('while results are on time, the maximum rate is requested', () => {
  const rate = new RequestRate()
  expect(run(rate, 0, 60, 15, 40)).toEqual([])
  expect(rate.fps).toBe(MAX_FPS)
})

test('results that are late for two seconds are dropped and half the rate is requested', () => {
  const rate = new RequestRate()
  expect(run(rate, 0, 4, 15, 3000)).toEqual(['restart'])
  expect(rate.fps).toBe(7.5)
})

test('when results are very late, a quarter of the rate is requested', () => {
  const rate = new RequestRate()
  expect(run(rate, 0, 4, 16, 8000)).toEqual(['restart'])
  expect(rate.fps).toBe(4)
})

test('one late result changes nothing', () => {
  const rate = new RequestRate()
  run(rate, 0, 5, 15, 40)
  expect(rate.update(4000, 15, 5000)).toBe('keep')
  expect(run(rate, 5500, 5, 15, 40)).toEqual([])
  expect(rate.fps).toBe(MAX_FPS)
})

test('after a change the rate stays the same for five seconds', () => {
  const rate = new RequestRate()
  expect(run(rate, 0, 6, 15, 3000)).toEqual(['restart'])
  expect(run(rate, 6000, 6, 7, 3000)).toEqual(['restart'])
})

test('the rate never falls below one frame per second', () => {
  const rate = new RequestRate()
  for (let round = 0; round < 10; round++) run(rate, round * 10_000, 10, 2, 5000)
  expect(rate.fps).toBe(MIN_FPS)
})

test('at the lowest rate a slow page reconnects at most every thirty seconds', () => {
  const rate = new RequestRate()
  for (let round = 0; round < 6; round++) run(rate, round * 10_000, 10, 2, 8000)
  expect(rate.fps).toBe(MIN_FPS)
  expect(run(rate, 100_000, 90, 1, 8000)).toHaveLength(3)
})

test('when results are on time again, the rate rises step by step to the maximum', () => {
  const rate = new RequestRate()
  run(rate, 0, 3, 15, 3000)
  const reduced = rate.fps
  expect(run(rate, 3000, 12, 7, 100)).toEqual(['send'])
  expect(rate.fps).toBeCloseTo(reduced * 1.5, 0)
  run(rate, 15_000, 120, 15, 100)
  expect(rate.fps).toBe(MAX_FPS)
})
