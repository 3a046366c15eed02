import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { streamSocketAddress } from '@/api'
import { useNow } from '@/composables/useNow'
import { usePreferences } from '@/composables/usePreferences'
import { useStreamList } from '@/composables/useStreamList'
import { useVisible } from '@/composables/useVisible'
import { StreamLink, type LinkState } from '@/live/link'
import { Meter } from '@/live/meter'
import { Painter } from '@/live/painter'
import { statusOf, type Status } from '@/live/status'
import type { Result } from '@/wire'

/** Pictures per second that are asked for: as many as a screen shows; unseen: two, without pixels. */
const SEEN = { pixels: true, max_fps: 60 }
const UNSEEN = { pixels: false, max_fps: 2 }

/** The figures of a tile, twice a second; NaN where there are none. */
export interface Vitals {
  status: Status
  fps: number
  ageMs: number
  skipped: number
  broken: number
  result: Result | null
  meter: Meter
}

export interface Surface {
  stage: Readonly<Ref<HTMLElement | null>>
  picture: Readonly<Ref<HTMLCanvasElement | null>>
  overlay: Readonly<Ref<HTMLCanvasElement | null>>
}

/** One stream, live on two canvases, for as long as the calling component is there. */
export function useLiveStream(id: string, surface: Surface): { vitals: ShallowRef<Vitals>; painter: ShallowRef<Painter | null> } {
  const list = useStreamList()
  const preferences = usePreferences()
  const now = useNow()
  const visible = useVisible(surface.stage)
  const painter: ShallowRef<Painter | null> = shallowRef(null)
  const meter = new Meter()
  const link: Ref<LinkState> = ref({ phase: 'idle' })
  let heardAt: number | null = null
  let shownAt: number | null = null
  let broken = 0

  function heard(result: Result): void {
    heardAt = Date.now()
    const at = list.clock.at(heardAt)
    list.history(id).record(result, Math.floor(at / 1000), at - result.captured_at / 1000)
    if (result.jpeg) painter.value?.offer(result)
  }

  function shown(result: Result): void {
    shownAt = Date.now()
    const { queue_ms: queueMs, decode_ms: decodeMs, infer_ms: inferMs, postprocess_ms: postprocessMs } = result.timings
    const ageMs = list.clock.sinceMs(result.captured_at, shownAt)
    const showMs = list.clock.sinceMs(result.inferred_at, shownAt)
    meter.note({ atMs: shownAt, ageMs, queueMs, decodeMs, inferMs, postprocessMs, showMs })
  }

  const stream = new StreamLink({
    address: streamSocketAddress(id),
    onResult: heard,
    onState: (state) => (link.value = state),
    expecting: () => (list.find(id)?.stream.inferred_fps ?? 0) > 1,
  })

  function read(): Vitals {
    const nowMs = Date.now()
    const listed = list.find(id)
    const status = statusOf({
      stream: listed?.goneAt == null ? (listed?.stream ?? null) : null,
      link: link.value,
      silentMs: heardAt === null ? null : nowMs - heardAt,
      nowMs,
      aheadMs: list.clock.at(0),
    })
    return { status, fps: meter.fps(nowMs), ageMs: age(nowMs), skipped: painter.value?.skipped ?? 0, broken, result: painter.value?.shown ?? null, meter }
  }

  /** The true age of what is on screen: typical while pictures come, growing when they stop. */
  function age(nowMs: number): number {
    const result = painter.value?.shown
    if (!result || shownAt === null || !list.clock.known) return NaN
    return nowMs - shownAt > 1000 ? list.clock.sinceMs(result.captured_at, nowMs) : meter.median('ageMs', nowMs)
  }

  const resizing = new ResizeObserver((entries) => {
    const box = entries.at(-1)?.contentRect
    if (box) painter.value?.resize(box.width, box.height)
  })

  watch([surface.picture, surface.overlay], ([picture, overlay]) => {
    painter.value?.close()
    painter.value = null
    resizing.disconnect()
    if (!picture || !overlay) return
    painter.value = new Painter({ picture, overlay, choice: () => preferences, onShown: shown, onBroken: () => broken++ })
    resizing.observe(overlay)
  }, { immediate: true })

  const vitals = shallowRef(read())
  watch([now, link], () => (vitals.value = read()))
  watch(visible, (seen) => stream.want(seen ? SEEN : UNSEEN), { immediate: true })
  watch(() => [preferences.boxes, preferences.labels, preferences.minScore], () => painter.value?.redraw())
  // The gateway answers again, or the stream is back: no reason to wait for the next try.
  watch(list.listed, () => ['waiting', 'refused'].includes(link.value.phase) && list.find(id)?.goneAt === null && stream.start())

  stream.start()
  onScopeDispose(() => {
    stream.stop()
    painter.value?.close()
    resizing.disconnect()
  })
  return { vitals, painter }
}
