import { expect, test } from 'vitest'
import { byFrequency, dropText, sourceDropText } from '@/text/drop-reasons'

test('reasons are sorted by frequency and those with a count of zero are left out', () => {
  expect(byFrequency({ stale: 2, overflow: 9, failed: 0 })).toEqual([['overflow', 9], ['stale', 2]])
})

test('a known reason has an explanation and an unknown one has none', () => {
  expect(dropText('stale')).toBe('too old when a worker took it')
  expect(sourceDropText('rate')).toMatch(/frame rate/)
  expect(dropText('unknown')).toBe('')
})
