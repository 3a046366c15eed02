import { computed, inject, provide, shallowRef, watch, type ComputedRef, type InjectionKey, type ShallowRef } from 'vue'
import { ask, type ApiError, type Stream, type StreamList as Answer } from '@/api'
import { usePoll } from '@/composables/usePoll'
import { ServerClock } from '@/live/clock'
import { History } from '@/live/history'

/** How often the list is asked for. */
const EVERY_MS = 2000

/** A tile that hears nothing has it asked for as often. */
const DOUBTED_EVERY_MS = 500

/** How long a stream that has gone still says so on the wall. */
const FAREWELL_MS = 30_000

/** A stream, and when it went if it is no longer in the list. */
export interface Listed {
  stream: Stream
  goneAt: number | null
}

export interface StreamList {
  listed: ShallowRef<Listed[]>
  /** False until the first answer. */
  loaded: ComputedRef<boolean>
  error: ShallowRef<ApiError | null>
  /** Why what is shown may not be true, in words: the gateway is silent, or Redis is; empty when all is well. */
  problem: ComputedRef<string>
  clock: ServerClock
  refresh: () => Promise<void>
  /** A tile hears nothing of a stream that is said to be live: asks soon, as the list may know why. */
  doubt: () => void
  find: (id: string) => Listed | null
  /** What this page remembers of a stream; made when first asked for. */
  history: (id: string) => History
  /** Takes a gone stream off the wall at once. */
  dismiss: (id: string) => void
}

/** The new list, with streams that have just gone kept for their farewell. */
export function merge(before: readonly Listed[], streams: readonly Stream[], nowMs: number): Listed[] {
  const present = new Set(streams.map((stream) => stream.id))
  const gone = before
    .filter(({ stream }) => !present.has(stream.id))
    .map(({ stream, goneAt }) => ({ stream, goneAt: goneAt ?? nowMs }))
    .filter(({ goneAt }) => nowMs - goneAt < FAREWELL_MS)
  return [...streams.map((stream) => ({ stream, goneAt: null })), ...gone]
}

const KEY: InjectionKey<StreamList> = Symbol('stream list')

/** Starts asking for the list, for everything below the calling component. */
export function provideStreamList(): StreamList {
  const clock = new ServerClock()
  const listed = shallowRef<Listed[]>([])
  const histories = new Map<string, History>()

  let sent = 0
  let asking = false

  async function get(signal: AbortSignal): Promise<Answer> {
    sent = Date.now()
    asking = true
    try {
      const answer = await ask<Answer>('streams', { signal })
      const read = Date.now()
      clock.learn(answer.now, read)
      clock.travelled(read - sent)
      return answer
    } finally {
      asking = false
    }
  }
  const { value, error, refresh } = usePoll(get, EVERY_MS)

  watch(value, (answer) => {
    listed.value = merge(listed.value, answer?.streams ?? [], Date.now())
    const known = new Set(listed.value.map(({ stream }) => stream.id))
    for (const id of histories.keys()) if (!known.has(id)) histories.delete(id)
  })

  function history(id: string): History {
    const found = histories.get(id) ?? new History()
    histories.set(id, found)
    return found
  }

  const list: StreamList = {
    listed, error, clock, refresh, history,
    loaded: computed(() => value.value !== null),
    problem: computed(() => (error.value && error.value.status !== 401 ? error.value.message : value.value?.problem ?? '')),
    doubt: () => {
      if (!asking && Date.now() - sent >= DOUBTED_EVERY_MS) void refresh()
    },
    find: (id) => listed.value.find(({ stream }) => stream.id === id) ?? null,
    dismiss: (id) => (listed.value = listed.value.filter(({ stream, goneAt }) => stream.id !== id || goneAt === null)),
  }
  provide(KEY, list)
  return list
}

/** The list that a component above provides. */
export function useStreamList(): StreamList {
  const list = inject(KEY)
  if (!list) throw new Error('no stream list is provided above this component')
  return list
}
