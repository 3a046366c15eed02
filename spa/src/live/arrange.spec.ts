import { expect, test } from 'vitest'
import { arrange, type Arrangement } from '@/live/arrange'
import { stream } from '@/testing/samples'

const WALL = [
  stream({ id: 'gate 10:car', name: 'gate 10', task: 'car', state: 'offline' }),
  stream({ id: 'gate 2:people', name: 'gate 2', task: 'people', age_p95_ms: 900 }),
  stream({ id: 'hall:face', name: 'hall', task: 'face', model: 'face-detection-retail-0005', precision: 'INT8' }),
].map((one) => ({ stream: one }))

const ALL: Arrangement = { words: '', tasks: [], order: 'name', pinned: [] }

function names(change: Partial<Arrangement>): string[] {
  return arrange(WALL, { ...ALL, ...change }).map(({ stream: { name } }) => name)
}

test('names are ordered as people count', () => {
  expect(names({})).toEqual(['gate 2', 'gate 10', 'hall'])
})

test('what asks for attention comes first when ordered by state', () => {
  expect(names({ order: 'state' })[0]).toBe('gate 10')
})

test('the oldest pictures come first when ordered by age', () => {
  expect(names({ order: 'age' })[0]).toBe('gate 2')
})

test('pinned streams come first in every order', () => {
  expect(names({ pinned: ['hall:face'], order: 'state' })).toEqual(['hall', 'gate 10', 'gate 2'])
})

test('all words must be found, in name, task, model or precision', () => {
  expect(names({ words: 'GATE people' })).toEqual(['gate 2'])
  expect(names({ words: 'int8' })).toEqual(['hall'])
  expect(names({ words: 'nowhere' })).toEqual([])
})

test('tasks filter', () => {
  expect(names({ tasks: ['car', 'face'] })).toEqual(['gate 10', 'hall'])
})

test('a state of a newer gateway does not break the order', () => {
  const strange = { stream: stream({ id: 'x:car', name: 'x', state: 'dreaming' }) }
  expect(arrange([strange, ...WALL], { ...ALL, order: 'state' })).toHaveLength(4)
})
