import { expect, test } from 'vitest'
import {  HISTORY_SECONDS, StreamHistory } from '@/charts/history'
import { detection, result } from '@/testing/samples'

const person = detection()
const face = detection({ label: 'face' })

test('each second has the mean number of detections per frame of each class', () => {
  const history = new StreamHistory()
  history.record(result({ detections: [person, person] }), 100, 40)
  history.record(result({ detections: [person, face] }), 100, 60)
  const { values } = history.classes(100, 1)
  expect(values).toEqual({ person: [1.5], face: [0.5] })
  expect(history.times(100, 1).values.age).toEqual([50])
})

test('seconds without results are gaps, not zeros', () => {
  const history = new StreamHistory()
  history.record(result(), 100, 40)
  history.record(result({ detections: [] }), 102, 40)
  expect(history.classes(103, 4)).toEqual({ seconds: [100, 101, 102, 103], values: { person: [1, null, 0, null] } })
})

test('a chart begins at the first result and covers at least a minute', () => {
  const history = new StreamHistory()
  history.record(result(), 1000, 40)
  expect(history.classes(1010, 300).seconds).toHaveLength(60)
  expect(history.classes(1100, 300).seconds[0]).toBe(1000)
  expect(history.classes(1400, 300).seconds).toHaveLength(300)
})

test('the history covers ten minutes', () => {
  const history = new StreamHistory()
  history.record(result(), 1, 40)
  history.record(result({ detections: [] }), 1 + HISTORY_SECONDS, 40)
  const { seconds, values } = history.classes(1 + HISTORY_SECONDS, 5000)
  expect(seconds).toHaveLength(HISTORY_SECONDS)
  expect(values['person']?.filter((value) => value !== null)).toEqual([0])
})

test('a result from before the history is ignored', () => {
  const history = new StreamHistory()
  history.record(result({ detections: [] }), 5000, 40)
  history.record(result(), 10, 40)
  expect(history.classes(5000, 1).values).toEqual({})
})

test('after a long interruption the history has no old values', () => {
  const history = new StreamHistory()
  for (let second = 0; second < 50; second++) history.record(result(), second, 40)
  history.record(result(), 100_000, 40)
  expect(history.classes(100_000, 600).values['person']?.filter((value) => value !== null)).toHaveLength(1)
})
