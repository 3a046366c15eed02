import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { ApiError } from '@/api'
import { pauseMs } from '@/live/backoff'
import { usePageVisible } from '@/composables/useVisible'

/** An answer that takes longer counts as none. */
const PATIENCE_MS = 8000

export interface Poll<T> {
  /** The last good answer; it stays while later ones fail. */
  value: ShallowRef<T | null>
  /** Why the last question failed; null when it did not. */
  error: ShallowRef<ApiError | null>
  /** Asks now. */
  refresh: () => Promise<void>
}

/** Asks again and again while the tab is in front; with growing pauses while nobody answers. */
export function usePoll<T>(get: (signal: AbortSignal) => Promise<T>, everyMs: number): Poll<T> {
  const value: ShallowRef<T | null> = shallowRef(null)
  const error: ShallowRef<ApiError | null> = shallowRef(null)
  const visible = usePageVisible()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | null = null
  let failures = 0
  let over = false

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    running?.abort()
    const mine = new AbortController()
    running = mine
    const patience = setTimeout(() => mine.abort(new ApiError(0, 'The gateway takes too long.')), PATIENCE_MS)
    try {
      const answer = await get(mine.signal)
      if (running !== mine) return
      value.value = answer
      error.value = null
      failures = 0
    } catch (caught) {
      if (running !== mine) return
      error.value = caught instanceof ApiError ? caught : new ApiError(0, String(mine.signal.reason ?? caught))
      failures++
    } finally {
      clearTimeout(patience)
    }
    plan()
  }

  function plan(): void {
    clearTimeout(timer)
    if (over || !visible.value) return
    const pause = failures > 0 ? Math.max(pauseMs(failures - 1), 500) : everyMs
    timer = setTimeout(() => void refresh(), pause)
  }

  watch(visible, (now) => (now ? void refresh() : clearTimeout(timer)))
  onScopeDispose(() => {
    over = true
    clearTimeout(timer)
    running?.abort()
    running = null
  })
  void refresh()
  return { value, error, refresh }
}
