import { reactive, watch } from 'vue'

export type Theme = 'auto' | 'dark' | 'light'
export type Order = 'name' | 'task' | 'state' | 'age'

/** What this browser remembers of how its user likes to look at things. */
export interface Preferences {
  boxes: boolean
  labels: boolean
  /** 0..1. */
  minScore: number
  /** Tiles beside each other; 0 lets the width decide. */
  columns: number
  order: Order
  /** Ids of streams that come first. */
  pinned: string[]
  /** What need not be said again. */
  dismissed: string[]
  theme: Theme
}

const KEY = 'elastic-inference.preferences'

const DEFAULTS: Preferences = {
  boxes: true, labels: true, minScore: 0.3, columns: 0, order: 'name', pinned: [], dismissed: [], theme: 'auto',
}

/** What was stored, as far as it still has the right kinds; the rest as delivered. */
export function restore(text: string | null): Preferences {
  const restored: Record<string, unknown> = { ...DEFAULTS, pinned: [], dismissed: [] }
  try {
    const stored = JSON.parse(text ?? '{}') as Record<string, unknown>
    for (const [key, usual] of Object.entries(DEFAULTS)) {
      const found = stored[key]
      if (typeof found === typeof usual && Array.isArray(found) === Array.isArray(usual)) restored[key] = found
    }
  } catch {
    // Not JSON: somebody else's, or cut short. The defaults do.
  }
  return restored as unknown as Preferences
}

let shared: Preferences | undefined

/** The preferences; they are stored as they change. */
export function usePreferences(): Preferences {
  if (!shared) {
    const preferences = reactive(restore(localStorage.getItem(KEY)))
    watch(preferences, () => localStorage.setItem(KEY, JSON.stringify(preferences)))
    shared = preferences
  }
  return shared
}

/** Forgets what is shared, so that each test starts anew. */
export function resetPreferences(): void {
  shared = undefined
}
