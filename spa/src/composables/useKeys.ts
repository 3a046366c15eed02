import { onScopeDispose } from 'vue'
import { usePreferences } from '@/composables/usePreferences'

/** What a key does on the wall, to the tile that has the focus or to the wall itself. */
export interface WallActions {
  move: (columns: number, rows: number) => void
  open: () => void
  pin: () => void
  fullscreen: () => void
  compare: () => void
  filter: () => void
  add: () => void
}

/** True while the keys belong to a field, a dialog or the browser. */
export function isTyping(pressed: KeyboardEvent): boolean {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return true
  if (document.querySelector('dialog[open]')) return true
  const { target } = pressed
  return target instanceof Element && target.closest('input:not([type=range]), textarea, select') !== null
}

/** Listens for single keys while the calling component is there. */
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

/** Keys that switch what is drawn over pictures, on every page that has pictures. */
export function useOverlayKeys(): void {
  const preferences = usePreferences()
  const score = (by: number): void => {
    preferences.minScore = Math.min(0.95, Math.max(0, Math.round((preferences.minScore + by) * 20) / 20))
  }
  useKeys({
    b: () => (preferences.boxes = !preferences.boxes),
    l: () => (preferences.labels = !preferences.labels),
    '[': () => score(-0.05),
    ']': () => score(0.05),
  })
}

/** All keys of the wall. */
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
