import { expect, test } from 'vitest'
import type { Scaling, ScalingSeries } from '@/api'
import { KEPT_SECONDS, merge, newest } from '@/live/scaling'

function series(times: number[], value: number): ScalingSeries {
  const column = times.map(() => value)
  return {
    task: 'face', model: 'm', precision: 'INT8', device: 'CPU', min_workers: 1, max_workers: 4, target: 0.8, times,
    offered_fps: column, inferred_fps: column, dropped_fps: column, scale_ratio: column, workers: column,
    utilisation: column, queue_depth: column, workers_now: [],
  }
}

function heard(times: number[], value: number, events: Scaling['events'] = []): Scaling {
  return { now: times.at(-1) ?? 0, tasks: [series(times, value)], events }
}

test('what is new is put behind what is known', () => {
  const merged = merge(heard([10, 20], 1), heard([30], 2))
  expect(merged.tasks[0]?.times).toEqual([10, 20, 30])
  expect(merged.tasks[0]?.offered_fps).toEqual([1, 1, 2])
})

test('times that are told twice count once, as told last', () => {
  const merged = merge(heard([10, 20], 1), heard([20, 30], 2))
  expect(merged.tasks[0]?.times).toEqual([10, 20, 30])
  expect(merged.tasks[0]?.workers).toEqual([1, 2, 2])
})

test('nothing is kept longer than a quarter of an hour', () => {
  const later = (KEPT_SECONDS + 1) * 1e6
  const old = { time: 5, task: 'face', from: 1, to: 2, reason: 'load' }
  const merged = merge(heard([10], 1, [old]), heard([later], 2))
  expect(merged.tasks[0]?.times).toEqual([later])
  expect(merged.events).toEqual([])
})

test('a decision is told once, however often it is heard', () => {
  const event = { time: 10, task: 'face', from: 1, to: 2, reason: 'load' }
  expect(merge(heard([10], 1, [event]), heard([20], 1, [event])).events).toEqual([event])
})

test('a task that is gone is gone', () => {
  expect(merge(heard([10], 1), { now: 20, tasks: [], events: [] }).tasks).toEqual([])
})

test('the next question starts from the newest known time', () => {
  expect(newest(null)).toBe(0)
  expect(newest(heard([10, 20], 1))).toBe(20)
})
