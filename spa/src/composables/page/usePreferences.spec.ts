import { beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { resetPreferences, restore, usePreferences } from '@/composables/page/usePreferences'

beforeEach(() => {
  localStorage.clear()
  resetPreferences()
})

test('preferences are stored and restored', async () => {
  usePreferences().minScore = 0.7
  usePreferences().pinned = ['hall:face']
  await nextTick()
  resetPreferences()
  expect(usePreferences()).toMatchObject({ minScore: 0.7, pinned: ['hall:face'], boxes: true })
})

test.each([null, 'not JSON', '{"minScore":"high","pinned":"all"}', '[]', '{"minScore":'])('invalid stored preferences (%s) give the defaults', (text) => {
  expect(restore(text)).toMatchObject({ minScore: 0.3, pinned: [] })
})

test('changing restored preferences does not change the defaults', () => {
  restore(null).pinned.push('hall:face')
  expect(restore(null).pinned).toEqual([])
})
