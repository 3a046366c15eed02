import { computed, inject, provide, shallowRef, watch, type ComputedRef, type InjectionKey, type ShallowRef } from 'vue'
import { fetchJson, type ApiError, type Stream, type StreamList as Answer } from '@/api'
import { StreamHistory } from '@/charts/history'
import { usePoll } from '@/composables/data/usePoll'
import { ServerClock } from '@/live/server-clock'

/** Interval between two requests for the list. */
const POLL_MS = 2000

/** The shortest interval when a stream without results requests the list early. */
const MIN_POLL_MS = 500

/** How long a removed stream stays on the wall. */
const REMOVED_SHOWN_MS = 30_000

/** A stream, and when it was removed from the list; null while it is in the list. */
export interface Listed {
  stream: Stream
  removedAt: number | null
}

export interface StreamList {
  listed: ShallowRef<Listed[]>
  /** False before the first response. */
  loaded: ComputedRef<boolean>
  error: ShallowRef<ApiError | null>
  /** Why the list may be out of date, such as that Redis is not responding; empty when it is current. */
  problem: ComputedRef<string>
  clock: ServerClock
  refresh: () => Promise<void>
  /** Requests the list early. For a stream without results that is live in the list: a new list may have its state. */
  refreshSoon: () => void
  find: (id: string) => Listed | null
  /** The history of a stream in this page, created on first use. */
  history: (id: string) => StreamHistory
  /** Hides a removed stream. */
  dismiss: (id: string) => void
}

/** The new list, including streams that were removed less than 30 seconds ago. */
export function mergeStreams(before: readonly Listed[], streams: readonly Stream[], nowMs: number): Listed[] {
  const present = new Set(streams.map((stream) => stream.id))
  const removed = before
    .filter(({ stream }) => !present.has(stream.id))
    .map(({ stream, removedAt }) => ({ stream, removedAt: removedAt ?? nowMs }))
    .filter(({ removedAt }) => nowMs - removedAt < REMOVED_SHOWN_MS)
  return [...streams.map((stream) => ({ stream, removedAt: null })), ...removed]
}

const KEY: InjectionKey<StreamList> = Symbol('stream list')

/** Polls the list and provides it to all components below the calling one. */
export function provideStreamList(): StreamList {
  const clock = new ServerClock()
  const listed = shallowRef<Listed[]>([])
  const histories = new Map<string, StreamHistory>()

  let sentAt = 0
  let requesting = false

  async function get(signal: AbortSignal): Promise<Answer> {
    sentAt = Date.now()
    requesting = true
    try {
      const response = await fetchJson<Answer>('streams', { signal })
      const readAt = Date.now()
      clock.addSample(response.now, readAt)
      clock.addRoundTrip(readAt - sentAt)
      return response
    } finally {
      requesting = false
    }
  }
  const { value, error, refresh } = usePoll(get, POLL_MS)

  watch(value, (response) => {
    listed.value = mergeStreams(listed.value, response?.streams ?? [], Date.now())
    const known = new Set(listed.value.map(({ stream }) => stream.id))
    for (const id of histories.keys()) if (!known.has(id)) histories.delete(id)
  })

  function history(id: string): StreamHistory {
    const found = histories.get(id) ?? new StreamHistory()
    histories.set(id, found)
    return found
  }

  const list: StreamList = {
    listed, error, clock, refresh, history,
    loaded: computed(() => value.value !== null),
    problem: computed(() => (error.value && error.value.status !== 401 ? error.value.message : value.value?.problem ?? '')),
    refreshSoon: () => {
      if (!requesting && Date.now() - sentAt >= MIN_POLL_MS) void refresh()
    },
    find: (id) => listed.value.find(({ stream }) => stream.id === id) ?? null,
    dismiss: (id) => (listed.value = listed.value.filter(({ stream, removedAt }) => stream.id !== id || removedAt === null)),
  }
  provide(KEY, list)
  return list
}

/** The stream list that a parent component provides. */
export function useStreamList(): StreamList {
  const list = inject(KEY)
  if (!list) throw new Error('useStreamList needs a parent component that calls provideStreamList.')
  return list
}
