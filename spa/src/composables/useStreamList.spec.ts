import { expect, test } from 'vitest'
import { merge } from '@/composables/useStreamList'
import { stream } from '@/testing/samples'

const hall = stream({ id: 'hall:face' })
const gate = stream({ id: 'gate:face' })

test('new streams are there at once', () => {
  expect(merge([], [hall], 0)).toEqual([{ stream: hall, goneAt: null }])
})

test('a stream that has gone says so for half a minute and then leaves', () => {
  const seen = merge([], [hall, gate], 0)
  const gone = merge(seen, [gate], 1000)
  expect(gone).toEqual([{ stream: gate, goneAt: null }, { stream: hall, goneAt: 1000 }])
  expect(merge(gone, [gate], 30_000)).toHaveLength(2)
  expect(merge(gone, [gate], 31_000)).toHaveLength(1)
})

test('a stream that comes back is as if it had never gone', () => {
  const gone = merge(merge([], [hall], 0), [], 1000)
  expect(merge(gone, [hall], 2000)).toEqual([{ stream: hall, goneAt: null }])
})
