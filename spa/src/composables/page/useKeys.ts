import { onScopeDispose } from 'vue'
import { usePreferences } from '@/composables/page/usePreferences'

/** Actions of the wall's keys, on the focused tile or on the wall. */
export interface WallActions {
  move: (columns: number, rows: number) => void
  open: () => void
  pin: () => void
  fullscreen: () => void
  compare: () => void
  filter: () => void
  add: () => void
}

/** True when a key press is input for a field, a dialog or the browser. */
export function isTyping(pressed: KeyboardEvent): boolean {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return true
  if (document.querySelector('dialog[open]')) return true
  const { target } = pressed
  return target instanceof Element && target.closest('input:not([type=range]), textarea, select') !== null
}

/** Handles single keys while the calling component is mounted. */
export function useKeys(keys: Record<string, () => void>): void {
  function listen(pressed: KeyboardEvent): void {
    const action = keys[pressed.key]
    if (!action || isTyping(pressed)) return
    pressed.preventDefault()
    action()
  }
  addEventListener('keydown', listen)
  onScopeDispose(() => removeEventListener('keydown', listen))
}

/** Handles the keys for boxes, labels and the minimum score. */
export function useOverlayKeys(): void {
  const preferences = usePreferences()
  const changeScore = (by: number): void => {
    preferences.minScore = Math.min(0.95, Math.max(0, Math.round((preferences.minScore + by) * 20) / 20))
  }
  useKeys({
    b: () => (preferences.boxes = !preferences.boxes),
    l: () => (preferences.labels = !preferences.labels),
    '[': () => changeScore(-0.05),
    ']': () => changeScore(0.05),
  })
}

/** Handles the keys of the wall. */
export function useWallKeys(actions: WallActions): void {
  const preferences = usePreferences()
  useOverlayKeys()
  useKeys({
    ArrowLeft: () => actions.move(-1, 0),
    ArrowRight: () => actions.move(1, 0),
    ArrowUp: () => actions.move(0, -1),
    ArrowDown: () => actions.move(0, 1),
    o: actions.open,
    p: actions.pin,
    f: actions.fullscreen,
    c: actions.compare,
    a: actions.add,
    '/': actions.filter,
    '+': () => (preferences.columns = Math.min(6, (preferences.columns || 3) + 1)),
    '-': () => (preferences.columns = Math.max(0, preferences.columns - 1)),
  })
}
