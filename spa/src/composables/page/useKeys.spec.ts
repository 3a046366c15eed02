import { beforeEach, expect, test } from 'vitest'
import { useKeys, useOverlayKeys } from '@/composables/page/useKeys'
import { resetPreferences, usePreferences } from '@/composables/page/usePreferences'
import { mountComposable } from '@/testing/mount'

function press(key: string, from: EventTarget = document.body, more: KeyboardEventInit = {}): void {
  from.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))
}

beforeEach(() => {
  localStorage.clear()
  resetPreferences()
  document.body.innerHTML = ''
})

test('keys change boxes, labels and the minimum score', () => {
  mountComposable(useOverlayKeys)
  for (const key of ['b', 'l', ']', ']', '[']) press(key)
  expect(usePreferences()).toMatchObject({ boxes: false, labels: false, minScore: 0.35 })
})

test('the minimum score stays within its limits', () => {
  mountComposable(useOverlayKeys)
  for (let i = 0; i < 30; i++) press('[')
  expect(usePreferences().minScore).toBe(0)
  for (let i = 0; i < 30; i++) press(']')
  expect(usePreferences().minScore).toBe(0.95)
})

test('keys in fields, with the control key and during a dialog are ignored', () => {
  let pressed = 0
  mountComposable(() => useKeys({ f: () => pressed++ }))
  document.body.innerHTML = '<input>'
  press('f', document.querySelector('input') ?? undefined)
  press('f', document.body, { ctrlKey: true })
  document.body.innerHTML = '<dialog open></dialog>'
  press('f')
  expect(pressed).toBe(0)
  document.body.innerHTML = ''
  press('f')
  expect(pressed).toBe(1)
})

test('keys have no effect after the component is unmounted', () => {
  let pressed = 0
  const { wrapper } = mountComposable(() => useKeys({ f: () => pressed++ }))
  wrapper.unmount()
  press('f')
  expect(pressed).toBe(0)
})
