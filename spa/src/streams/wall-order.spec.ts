import { expect, test } from 'vitest'
import { orderStreams, type WallOrder } from '@/streams/wall-order'
import { stream } from '@/testing/samples'

const WALL = [
  stream({ id: 'gate 10:car', name: 'gate 10', task: 'car', state: 'offline' }),
  stream({ id: 'gate 2:people', name: 'gate 2', task: 'people', age_p95_ms: 900 }),
  stream({ id: 'hall:face', name: 'hall', task: 'face', model: 'face-detection-retail-0005', precision: 'INT8' }),
].map((one) => ({ stream: one }))

const ALL: WallOrder = { filter: '', tasks: [], order: 'name', pinned: [] }

function names(change: Partial<WallOrder>): string[] {
  return orderStreams(WALL, { ...ALL, ...change }).map(({ stream: { name } }) => name)
}

test('numbers in names are ordered by value', () => {
  expect(names({})).toEqual(['gate 2', 'gate 10', 'hall'])
})

test('ordered by state, streams with problems come first', () => {
  expect(names({ order: 'state' })[0]).toBe('gate 10')
})

test('ordered by age, the oldest frames come first', () => {
  expect(names({ order: 'age' })[0]).toBe('gate 2')
})

test('pinned streams come first in every order', () => {
  expect(names({ pinned: ['hall:face'], order: 'state' })).toEqual(['hall', 'gate 10', 'gate 2'])
})

test('every word of the filter must occur in the name, task, model or precision', () => {
  expect(names({ filter: 'GATE people' })).toEqual(['gate 2'])
  expect(names({ filter: 'int8' })).toEqual(['hall'])
  expect(names({ filter: 'nowhere' })).toEqual([])
})

test('only streams of the selected tasks are shown', () => {
  expect(names({ tasks: ['car', 'face'] })).toEqual(['gate 10', 'hall'])
})

test('a stream with an unknown state is shown', () => {
  const unknown = { stream: stream({ id: 'x:car', name: 'x', state: 'unknown' }) }
  expect(orderStreams([unknown, ...WALL], { ...ALL, order: 'state' })).toHaveLength(4)
})
