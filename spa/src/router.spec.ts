import { expect, test, vi } from 'vitest'

vi.mock('@/pages/WallPage.vue', () => ({ default: {} })) // it needs a browser, titles do not

const { titleOf } = await import('@/router')

test.each([
  ['wall', {}, 'Elastic Inference'],
  ['scaling', {}, 'Scaling · Elastic Inference'],
  ['stream', { id: 'hall%202:face' }, 'hall 2 (face) · Elastic Inference'],
  ['compare', { name: 'hall 2' }, 'hall 2 · Compare · Elastic Inference'],
  ['stream', { id: '%E0%A4:face' }, '%E0%A4:face · Elastic Inference'],
])('the tab title of the page %s with %o is %s', (name, params, title) => {
  expect(titleOf({ name, params })).toBe(title)
})
