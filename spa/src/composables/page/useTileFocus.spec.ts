import { afterEach, beforeEach, expect, test } from 'vitest'
import { computed, ref } from 'vue'
import type { Listed } from '@/composables/data/useStreamList'
import { useTileFocus } from '@/composables/page/useTileFocus'
import { mountComposable } from '@/testing/mount'
import { stream } from '@/testing/samples'

const IDS = ['a:face', 'b:face', 'c:face', 'd:face', 'e:face']

/** Five tiles in rows of three. */
function wall(): ReturnType<typeof useTileFocus> {
  const grid = document.createElement('ul')
  IDS.forEach((id, i) => {
    const tile = document.createElement('li')
    tile.dataset['id'] = id
    tile.tabIndex = -1
    Object.defineProperty(tile, 'offsetTop', { value: Math.floor(i / 3) * 100 })
    grid.append(tile)
  })
  document.body.append(grid)
  const tiles = computed<Listed[]>(() => IDS.map((id) => ({ stream: stream({ id }), removedAt: null })))
  return mountComposable(() => useTileFocus(ref(grid), tiles)).value
}

beforeEach(() => (document.body.innerHTML = ''))
afterEach(() => (document.body.innerHTML = ''))

test('the first arrow key focuses the first tile, the next ones move the focus', () => {
  const { move, focused } = wall()
  move(1, 0)
  expect(focused.value?.stream.id).toBe('a:face')
  move(1, 0)
  expect(focused.value?.stream.id).toBe('b:face')
})

test('down and up move the focus by one row', () => {
  const { move, focused } = wall()
  move(1, 0)
  move(0, 1)
  expect(focused.value?.stream.id).toBe('d:face')
  move(0, -1)
  expect(focused.value?.stream.id).toBe('a:face')
})

test('the focus does not move beyond the edge of the wall', () => {
  const { move, focused } = wall()
  move(1, 0)
  move(-1, 0)
  move(0, -1)
  expect(focused.value?.stream.id).toBe('a:face')
})

test('focus by mouse or Tab is followed', () => {
  const { focused } = wall()
  document.querySelector<HTMLElement>('[data-id="c:face"]')?.focus()
  expect(focused.value?.stream.id).toBe('c:face')
})
