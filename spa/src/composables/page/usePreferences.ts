import { reactive, watch } from 'vue'

export type Theme = 'auto' | 'dark' | 'light'
export type Order = 'name' | 'task' | 'state' | 'age'

/** The user's display settings, stored in the browser. */
export interface Preferences {
  boxes: boolean
  labels: boolean
  /** Detections below this score are not drawn, 0..1. */
  minScore: number
  /** Columns of the wall; 0 to choose by the width. */
  columns: number
  order: Order
  /** Ids of the streams that are shown first. */
  pinned: string[]
  /** Keys of dismissed notices. */
  dismissed: string[]
  theme: Theme
}

const KEY = 'elastic-inference.preferences'

const DEFAULTS: Preferences = {
  boxes: true, labels: true, minScore: 0.3, columns: 0, order: 'name', pinned: [], dismissed: [], theme: 'auto',
}

/** The stored preferences; entries that are missing or have the wrong type get their default. */
export function restore(text: string | null): Preferences {
  const restored: Record<string, unknown> = { ...DEFAULTS, pinned: [], dismissed: [] }
  try {
    const stored = JSON.parse(text ?? '{}') as Record<string, unknown>
    for (const [key, standard] of Object.entries(DEFAULTS)) {
      const value = stored[key]
      if (typeof value === typeof standard && Array.isArray(value) === Array.isArray(standard)) restored[key] = value
    }
  } catch {
    // The stored text is not valid JSON: use the defaults.
  }
  return restored as unknown as Preferences
}

let shared: Preferences | undefined

/** The preferences. Changes are stored immediately. */
export function usePreferences(): Preferences {
  if (!shared) {
    const preferences = reactive(restore(localStorage.getItem(KEY)))
    watch(preferences, () => localStorage.setItem(KEY, JSON.stringify(preferences)))
    shared = preferences
  }
  return shared
}

/** Discards the shared preferences, so that each test loads its own. */
export function resetPreferences(): void {
  shared = undefined
}
