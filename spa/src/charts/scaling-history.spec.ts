import { expect, test } from 'vitest'
import type { Scaling, ScalingSeries } from '@/api'
import { HISTORY_SECONDS, mergeScaling, newestTime } from '@/charts/scaling-history'

function series(times: number[], value: number): ScalingSeries {
  const column = times.map(() => value)
  return {
    task: 'face', model: 'm', precision: 'INT8', device: 'CPU', min_workers: 1, max_workers: 4, target: 0.8, times,
    offered_fps: column, inferred_fps: column, dropped_fps: column, scale_ratio: column, workers: column,
    utilisation: column, queue_depth: column, workers_now: [],
  }
}

function response(times: number[], value: number, events: Scaling['events'] = []): Scaling {
  return { now: times.at(-1) ?? 0, tasks: [series(times, value)], events }
}

test('new values are appended to the history', () => {
  const merged = mergeScaling(response([10, 20], 1), response([30], 2))
  expect(merged.tasks[0]?.times).toEqual([10, 20, 30])
  expect(merged.tasks[0]?.offered_fps).toEqual([1, 1, 2])
})

test('a time that is received twice has the later value', () => {
  const merged = mergeScaling(response([10, 20], 1), response([20, 30], 2))
  expect(merged.tasks[0]?.times).toEqual([10, 20, 30])
  expect(merged.tasks[0]?.workers).toEqual([1, 2, 2])
})

test('values and decisions are kept for 15 minutes', () => {
  const later = (HISTORY_SECONDS + 1) * 1e6
  const old = { time: 5, task: 'face', from: 1, to: 2, reason: 'load' }
  const merged = mergeScaling(response([10], 1, [old]), response([later], 2))
  expect(merged.tasks[0]?.times).toEqual([later])
  expect(merged.events).toEqual([])
})

test('a decision that is received twice is listed once', () => {
  const event = { time: 10, task: 'face', from: 1, to: 2, reason: 'load' }
  expect(mergeScaling(response([10], 1, [event]), response([20], 1, [event])).events).toEqual([event])
})

test('a task that is missing from the response is removed', () => {
  expect(mergeScaling(response([10], 1), { now: 20, tasks: [], events: [] }).tasks).toEqual([])
})

test('the next request starts from the newest time', () => {
  expect(newestTime(null)).toBe(0)
  expect(newestTime(response([10, 20], 1))).toBe(20)
})
