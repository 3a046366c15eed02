import { FrameMeter } from '@/live/frame-times'
import type { ServerClock } from '@/live/server-clock'
import type { FrameDetections } from '@/streams/agreement'
import type { Result } from '@/wire'

/** Number of results that are kept to compare models on the same frames. */
const RECENT_RESULTS = 150

/** Window of the received rate, and the most results that it can hold. */
const RATE_WINDOW_MS = 2000
const MAX_RECEIVED = 120

/** After this time without a new frame, the age of the frame on screen is shown instead of the median age. */
const FRESH_MS = 1000

/** When results of one stream were received and shown, and how old its frames are. */
export class StreamActivity {
  readonly meter = new FrameMeter()
  /** The last results, without their JPEGs. */
  readonly recent: FrameDetections[] = []
  private receivedAt: number | null = null
  private shownAt: number | null = null
  /** Since when a received frame has been waiting to be shown. */
  private waitingSince: number | null = null
  private receivedTimes: number[] = []

  constructor(private readonly clock: ServerClock) {}

  /** A result was received. */
  received(result: Result, nowMs: number): void {
    this.receivedAt = nowMs
    this.receivedTimes.push(nowMs)
    if (this.receivedTimes.length > MAX_RECEIVED) this.receivedTimes.shift()
    if (result.jpeg) this.waitingSince ??= nowMs
    const { epoch, sequence, precision, task, detections } = result
    this.recent.push({ epoch, sequence, precision, task, detections })
    if (this.recent.length > RECENT_RESULTS) this.recent.shift()
  }

  /** A result's frame is on screen. */
  shown(result: Result, nowMs: number): void {
    this.shownAt = nowMs
    this.waitingSince = null
    const { queue_ms: queueMs, decode_ms: decodeMs, infer_ms: inferMs, postprocess_ms: postprocessMs } = result.timings
    const ageMs = this.clock.sinceMs(result.captured_at, nowMs)
    const showMs = this.clock.sinceMs(result.inferred_at, nowMs)
    this.meter.add({ atMs: nowMs, ageMs, queueMs, decodeMs, inferMs, postprocessMs, showMs })
  }

  /** A result's JPEG could not be decoded, so its frame will not be shown. */
  undecodable(): void {
    this.waitingSince = null
  }

  /** Milliseconds since the last result; null before the first. */
  silentMs(nowMs: number): number | null {
    return this.receivedAt === null ? null : nowMs - this.receivedAt
  }

  /** Results received per second, over the last two seconds. */
  receivedFps(nowMs: number): number {
    this.receivedTimes = this.receivedTimes.filter((at) => at > nowMs - RATE_WINDOW_MS)
    return (this.receivedTimes.length * 1000) / RATE_WINDOW_MS
  }

  /** Milliseconds from the publication of a result until it is on screen, at least the current waiting time. */
  lagMs(nowMs: number): number {
    const median = this.meter.median('showMs', nowMs)
    const waiting = this.waitingSince === null ? 0 : nowMs - this.waitingSince
    return Number.isFinite(median) ? Math.max(median, waiting) : waiting
  }

  /** Age of the frame on screen: the median while frames arrive, growing when they stop; NaN when unknown. */
  ageMs(onScreen: Result | null, nowMs: number): number {
    if (!onScreen || this.shownAt === null || !this.clock.isKnown) return NaN
    const stopped = nowMs - this.shownAt > FRESH_MS
    return stopped ? this.clock.sinceMs(onScreen.captured_at, nowMs) : this.meter.median('ageMs', nowMs)
  }
}
