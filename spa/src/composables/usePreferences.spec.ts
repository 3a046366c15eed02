import { beforeEach, expect, test } from 'vitest'
import { nextTick } from 'vue'
import { resetPreferences, restore, usePreferences } from '@/composables/usePreferences'

beforeEach(() => {
  localStorage.clear()
  resetPreferences()
})

test('what was stored comes back', async () => {
  usePreferences().minScore = 0.7
  usePreferences().pinned = ['hall:face']
  await nextTick()
  resetPreferences()
  expect(usePreferences()).toMatchObject({ minScore: 0.7, pinned: ['hall:face'], boxes: true })
})

test.each([null, 'not JSON', '{"minScore":"high","pinned":"all"}', '[]', '{"minScore":'])('a damaged store (%s) is as good as none', (text) => {
  expect(restore(text)).toMatchObject({ minScore: 0.3, pinned: [] })
})

test('the defaults are not changed by whoever uses them', () => {
  restore(null).pinned.push('hall:face')
  expect(restore(null).pinned).toEqual([])
})
