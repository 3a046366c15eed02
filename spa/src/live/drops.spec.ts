import { expect, test } from 'vitest'
import { occurred, whyDropped, whyDroppedAtSource } from '@/live/drops'

test('reasons that never occurred are left out and the most frequent comes first', () => {
  expect(occurred({ stale: 2, overflow: 9, failed: 0 })).toEqual([['overflow', 9], ['stale', 2]])
})

test('a reason is told in words, and one of a newer gateway breaks nothing', () => {
  expect(whyDropped('stale')).toBe('too old when its turn came')
  expect(whyDroppedAtSource('rate')).toMatch(/per second/)
  expect(whyDropped('unheard of')).toBe('')
})
