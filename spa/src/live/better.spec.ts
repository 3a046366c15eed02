import { expect, test } from 'vitest'
import { improvable } from '@/live/better'
import { stream } from '@/testing/samples'

test('a task that a download would improve is named once, whatever the number of its streams', () => {
  const change = { task: 'people', model: 'ei-street-detector', better: 'person-detection-0201/FP16-INT8' }
  expect(improvable([stream(change), stream({ ...change, id: 'door:people' })])).toEqual([
    { task: 'people', model: 'ei-street-detector', better: 'person-detection-0201', key: 'people person-detection-0201/FP16-INT8' },
  ])
})

test('a detector with an embedder may be improved in both', () => {
  expect(improvable([stream({ task: 'people-reid', better: 'a/FP16+b/FP16-INT8' })])[0]?.better).toBe('a + b')
})

test('where nothing better is known there is nothing to say', () => {
  expect(improvable([stream()])).toEqual([])
})
