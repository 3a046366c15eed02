import { expect, test } from 'vitest'
import { FrameMeter, percentile, type FrameTimes } from '@/live/frame-times'

function frame(atMs: number, ageMs = 50): FrameTimes {
  return { atMs, ageMs, queueMs: 1, decodeMs: 2, inferMs: 3, postprocessMs: 4, showMs: 5 }
}

test('the rate of a steady stream is its frame rate', () => {
  const meter = new FrameMeter()
  for (let at = 0; at <= 3000; at += 100) meter.add(frame(at))
  expect(meter.fps(3000)).toBeCloseTo(10)
  expect(meter.fps(3050)).toBeCloseTo(10)
})

test('without new frames the rate falls and is zero when the window is empty', () => {
  const meter = new FrameMeter()
  for (let at = 0; at <= 1000; at += 100) meter.add(frame(at))
  expect(meter.fps(1900)).toBeLessThan(6)
  expect(meter.fps(5000)).toBe(0)
})

test('times are medians, so that one outlier has no effect', () => {
  const meter = new FrameMeter()
  for (const [i, age] of [50, 51, 52, 53, 4000].entries()) meter.add(frame(i * 100, age))
  expect(meter.median('ageMs', 400)).toBe(52)
})

test('without frames the times are not a number', () => {
  expect(percentile([], 0.5)).toBeNaN()
  expect(new FrameMeter().median('inferMs', 0)).toBeNaN()
})
