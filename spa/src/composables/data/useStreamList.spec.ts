import { expect, test } from 'vitest'
import { mergeStreams } from '@/composables/data/useStreamList'
import { stream } from '@/testing/samples'

const hall = stream({ id: 'hall:face' })
const gate = stream({ id: 'gate:face' })

test('a new stream is in the list immediately', () => {
  expect(mergeStreams([], [hall], 0)).toEqual([{ stream: hall, removedAt: null }])
})

test('a removed stream stays in the list for 30 seconds', () => {
  const listed = mergeStreams([], [hall, gate], 0)
  const removed = mergeStreams(listed, [gate], 1000)
  expect(removed).toEqual([{ stream: gate, removedAt: null }, { stream: hall, removedAt: 1000 }])
  expect(mergeStreams(removed, [gate], 30_000)).toHaveLength(2)
  expect(mergeStreams(removed, [gate], 31_000)).toHaveLength(1)
})

test('a removed stream that returns is an ordinary stream again', () => {
  const removed = mergeStreams(mergeStreams([], [hall], 0), [], 1000)
  expect(mergeStreams(removed, [hall], 2000)).toEqual([{ stream: hall, removedAt: null }])
})
