import { expect, test } from 'vitest'
import { Meter, percentile, type Moment } from '@/live/meter'

function moment(atMs: number, ageMs = 50): Moment {
  return { atMs, ageMs, queueMs: 1, decodeMs: 2, inferMs: 3, postprocessMs: 4, showMs: 5 }
}

test('a steady stream has its own rate', () => {
  const meter = new Meter()
  for (let at = 0; at <= 3000; at += 100) meter.note(moment(at))
  expect(meter.fps(3000)).toBeCloseTo(10)
  expect(meter.fps(3050)).toBeCloseTo(10)
})

test('the rate falls while nothing comes, and is zero once the window is empty', () => {
  const meter = new Meter()
  for (let at = 0; at <= 1000; at += 100) meter.note(moment(at))
  expect(meter.fps(1900)).toBeLessThan(6)
  expect(meter.fps(5000)).toBe(0)
})

test('times are medians, so that one outlier does not show', () => {
  const meter = new Meter()
  for (const [i, age] of [50, 51, 52, 53, 4000].entries()) meter.note(moment(i * 100, age))
  expect(meter.median('ageMs', 400)).toBe(52)
})

test('without values there is no figure', () => {
  expect(percentile([], 0.5)).toBeNaN()
  expect(new Meter().median('inferMs', 0)).toBeNaN()
})
