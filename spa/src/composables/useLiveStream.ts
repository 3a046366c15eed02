import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { streamSocketAddress } from '@/api'
import { useCanvases, type Surface } from '@/composables/useCanvases'
import { useNow } from '@/composables/useNow'
import { useStreamList, type StreamList } from '@/composables/useStreamList'
import { useVisible } from '@/composables/useVisible'
import type { Seen } from '@/live/compared'
import { StreamLink, type LinkState } from '@/live/link'
import type { Meter } from '@/live/meter'
import { FASTEST, Pace } from '@/live/pace'
import { Pulse } from '@/live/pulse'
import { statusOf, type Status } from '@/live/status'
import type { Result } from '@/wire'

/** Unseen: two results a second, without pixels, to know how the stream is. */
const UNSEEN = { pixels: false, max_fps: 2 }

/** What a tile says about its stream, twice a second; NaN where there is no figure. */
export interface Vitals {
  status: Status
  /** Shown here per second. */
  fps: number
  ageMs: number
  /** This computer or its network is too slow for all results: fewer are asked for. */
  slowed: boolean
  /** Results that were overtaken before they could be shown here. */
  skipped: number
  /** Pictures that could not be decoded. */
  broken: number
  /** The result that is on screen. */
  result: Result | null
  meter: Meter
  recent: readonly Seen[]
}

function statusNow(id: string, list: StreamList, link: LinkState, silentMs: number | null, nowMs: number): Status {
  const listed = list.find(id)
  const stream = listed?.goneAt === null ? listed.stream : null
  return statusOf({ stream, link, silentMs, nowMs, aheadMs: list.clock.aheadMs })
}

/** One stream, live on two canvases, for as long as the calling component is there. */
export function useLiveStream(id: string, surface: Surface): ShallowRef<Vitals> {
  const list = useStreamList()
  const now = useNow()
  const visible = useVisible(surface.stage)
  const pulse = new Pulse(list.clock)
  const pace = new Pace()
  const link: Ref<LinkState> = ref({ phase: 'idle' })
  let broken = 0

  const painter = useCanvases(surface, (result) => pulse.shown(result, Date.now()), () => {
    broken++
    pulse.broken()
  })

  function heard(result: Result): void {
    const nowMs = Date.now()
    list.clock.learn(result.inferred_at, nowMs)
    pulse.heard(result, nowMs)
    const at = list.clock.at(nowMs)
    list.history(id).record(result, Math.floor(at / 1000), at - result.captured_at / 1000)
    if (result.jpeg) painter.value?.offer(result)
  }

  /** Asks for as many results as can be shown in time. */
  function keepUp(nowMs: number): void {
    if (!visible.value) return
    const advice = pace.note(pulse.lagMs(nowMs), pulse.rate(nowMs), nowMs)
    if (advice !== 'keep') ask(true)
    if (advice === 'drop') stream.restart()
  }

  function ask(seen: boolean): void {
    stream.want(seen ? { pixels: true, max_fps: pace.fps } : UNSEEN)
  }

  const stream = new StreamLink({
    address: streamSocketAddress(id),
    onResult: heard,
    onState: (state) => (link.value = state),
    expecting: () => (list.find(id)?.stream.inferred_fps ?? 0) > 1,
  })

  function read(): Vitals {
    const nowMs = Date.now()
    const result = painter.value?.shown ?? null
    return {
      status: statusNow(id, list, link.value, pulse.silentMs(nowMs), nowMs),
      fps: pulse.meter.fps(nowMs), ageMs: pulse.ageMs(result, nowMs),
      slowed: pace.fps < FASTEST, skipped: painter.value?.skipped ?? 0, broken, result, meter: pulse.meter, recent: pulse.recent,
    }
  }

  const vitals = shallowRef(read())
  watch(now, keepUp)
  watch([now, link], () => {
    vitals.value = read()
    if (vitals.value.status.title === 'stale' && list.find(id)?.stream.state === 'live') list.doubt()
  })
  watch(visible, ask, { immediate: true })
  // The gateway answers again, or the stream is back: no reason to wait for the next try.
  watch(list.listed, () => {
    if (['waiting', 'refused'].includes(link.value.phase) && list.find(id)?.goneAt === null) stream.start()
  })

  stream.start()
  onScopeDispose(() => stream.stop())
  return vitals
}
