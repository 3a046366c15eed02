import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { ApiError } from '@/api'
import { usePageVisible } from '@/composables/page/useVisible'
import { retryDelayMs } from '@/live/backoff'
import { GATEWAY_TIMEOUT } from '@/text/messages'

/** A request that takes longer fails. */
const TIMEOUT_MS = 8000

export interface Poll<T> {
  /** The last successful response; it is kept while later requests fail. */
  value: ShallowRef<T | null>
  /** Why the last request failed; null when it succeeded. */
  error: ShallowRef<ApiError | null>
  /** Makes a request immediately. */
  refresh: () => Promise<void>
}

/** Makes a request `everyMs` while the browser tab is visible; after errors with growing delays. */
export function usePoll<T>(get: (signal: AbortSignal) => Promise<T>, everyMs: number): Poll<T> {
  const value: ShallowRef<T | null> = shallowRef(null)
  const error: ShallowRef<ApiError | null> = shallowRef(null)
  const visible = usePageVisible()
  let timer: ReturnType<typeof setTimeout> | undefined
  let running: AbortController | null = null
  let failures = 0
  let unmounted = false

  async function refresh(): Promise<void> {
    clearTimeout(timer)
    running?.abort()
    const request = new AbortController()
    running = request
    const timeout = setTimeout(() => request.abort(new ApiError(0, GATEWAY_TIMEOUT)), TIMEOUT_MS)
    try {
      const response = await get(request.signal)
      if (running !== request) return
      value.value = response
      error.value = null
      failures = 0
    } catch (caught) {
      if (running !== request) return
      error.value = caught instanceof ApiError ? caught : new ApiError(0, String(request.signal.reason ?? caught))
      failures++
    } finally {
      clearTimeout(timeout)
    }
    schedule()
  }

  function schedule(): void {
    clearTimeout(timer)
    if (unmounted || !visible.value) return
    const delayMs = failures > 0 ? Math.max(retryDelayMs(failures - 1), 500) : everyMs
    timer = setTimeout(() => void refresh(), delayMs)
  }

  watch(visible, (now) => (now ? void refresh() : clearTimeout(timer)))
  onScopeDispose(() => {
    unmounted = true
    clearTimeout(timer)
    running?.abort()
    running = null
  })
  void refresh()
  return { value, error, refresh }
}
