import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { streamSocketAddress } from '@/api'
import { useStreamList, type StreamList } from '@/composables/data/useStreamList'
import { useNow } from '@/composables/page/useNow'
import { usePainter, type Surface } from '@/composables/page/usePainter'
import { useVisible } from '@/composables/page/useVisible'
import type { FrameMeter } from '@/live/frame-times'
import { MAX_FPS, RequestRate } from '@/live/request-rate'
import { StreamActivity } from '@/live/stream-activity'
import { StreamLink, type LinkState } from '@/live/stream-link'
import type { FrameDetections } from '@/streams/agreement'
import { describeStatus, type Status } from '@/text/status'
import type { Result } from '@/wire'

/** Request for a stream that is not visible: two results per second without JPEGs, to know its state. */
const HIDDEN_REQUEST = { pixels: false, max_fps: 2 }

/** Measurements of a live stream, updated twice a second. Numbers are NaN when unknown. */
export interface LiveMetrics {
  status: Status
  /** Frames shown on this page per second. */
  fps: number
  ageMs: number
  /** The page requests fewer results than there are, as this computer or its network is too slow. */
  reduced: boolean
  /** Results that were replaced by newer ones before they were shown. */
  skipped: number
  /** JPEGs that could not be decoded. */
  undecodable: number
  /** The result that is on screen. */
  result: Result | null
  meter: FrameMeter
  recent: readonly FrameDetections[]
}

function statusNow(id: string, list: StreamList, link: LinkState, silentMs: number | null, nowMs: number): Status {
  const listed = list.find(id)
  const stream = listed?.removedAt === null ? listed.stream : null
  return describeStatus({ stream, link, silentMs, nowMs, aheadMs: list.clock.aheadMs })
}

/** Shows one stream on two canvases until the calling component is unmounted. */
export function useLiveStream(id: string, surface: Surface): ShallowRef<LiveMetrics> {
  const list = useStreamList()
  const now = useNow()
  const visible = useVisible(surface.stage)
  const activity = new StreamActivity(list.clock)
  const requestRate = new RequestRate()
  const link: Ref<LinkState> = ref({ phase: 'idle' })
  let undecodable = 0

  const painter = usePainter(surface, (result) => activity.shown(result, Date.now()), () => {
    undecodable++
    activity.undecodable()
  })

  function onResult(result: Result): void {
    const nowMs = Date.now()
    list.clock.addSample(result.inferred_at, nowMs)
    activity.received(result, nowMs)
    const at = list.clock.at(nowMs)
    list.history(id).record(result, Math.floor(at / 1000), at - result.captured_at / 1000)
    if (result.jpeg) painter.value?.offer(result)
  }

  /** Requests as many results per second as this page can show without delay. */
  function adjustRate(nowMs: number): void {
    if (!visible.value) return
    const action = requestRate.update(activity.lagMs(nowMs), activity.receivedFps(nowMs), nowMs)
    if (action !== 'keep') request(true)
    if (action === 'restart') stream.restart()
  }

  function request(isVisible: boolean): void {
    stream.request(isVisible ? { pixels: true, max_fps: requestRate.fps } : HIDDEN_REQUEST)
  }

  const stream = new StreamLink({
    address: streamSocketAddress(id),
    onResult,
    onState: (state) => (link.value = state),
    expecting: () => (list.find(id)?.stream.inferred_fps ?? 0) > 1,
  })

  function read(): LiveMetrics {
    const nowMs = Date.now()
    const result = painter.value?.shown ?? null
    return {
      status: statusNow(id, list, link.value, activity.silentMs(nowMs), nowMs),
      fps: activity.meter.fps(nowMs), ageMs: activity.ageMs(result, nowMs), reduced: requestRate.fps < MAX_FPS,
      skipped: painter.value?.skipped ?? 0, undecodable, result, meter: activity.meter, recent: activity.recent,
    }
  }

  const metrics = shallowRef(read())
  watch(now, adjustRate)
  watch([now, link], () => {
    metrics.value = read()
    if (metrics.value.status.title === 'stale' && list.find(id)?.stream.state === 'live') list.refreshSoon()
  })
  watch(visible, request, { immediate: true })
  // A new list shows that the gateway responds: reconnect without waiting for the next retry.
  watch(list.listed, () => {
    if (['waiting', 'refused'].includes(link.value.phase) && list.find(id)?.removedAt === null) stream.start()
  })

  stream.start()
  onScopeDispose(() => stream.stop())
  return metrics
}
