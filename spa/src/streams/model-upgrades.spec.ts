import { expect, test } from 'vitest'
import { modelUpgrades } from '@/streams/model-upgrades'
import { stream } from '@/testing/samples'

test('a task with a better model is listed once, whatever the number of its streams', () => {
  const change = { task: 'people', model: 'ei-street-detector', better: 'person-detection-0201/FP16-INT8' }
  expect(modelUpgrades([stream(change), stream({ ...change, id: 'door:people' })])).toEqual([
    { task: 'people', model: 'ei-street-detector', better: 'person-detection-0201', key: 'people person-detection-0201/FP16-INT8' },
  ])
})

test('an upgrade can have a detector and an embedder', () => {
  expect(modelUpgrades([stream({ task: 'people-reid', better: 'a/FP16+b/FP16-INT8' })])[0]?.better).toBe('a + b')
})

test('without a better model there is no upgrade', () => {
  expect(modelUpgrades([stream()])).toEqual([])
})
