import type { ServerClock } from '@/live/clock'
import type { Seen } from '@/live/compared'
import { Meter } from '@/live/meter'
import type { Result } from '@/wire'

/** As many results are remembered to compare models on the same frames. */
const RECENT = 150

/** Window of the rate of results, and as many as a screen can show in it. */
const RATE_MS = 2000
const MOST_HEARD = 120

/** A picture on screen for longer than this is old: its age grows instead of being typical. */
const FRESH_MS = 1000

/** When one stream was last heard and seen, and how old its pictures are. */
export class Pulse {
  readonly meter = new Meter()
  /** The last results, without their pictures. */
  readonly recent: Seen[] = []
  private heardAt: number | null = null
  private shownAt: number | null = null
  private waitingSince: number | null = null
  private heardTimes: number[] = []

  constructor(private readonly clock: ServerClock) {}

  /** A result came. */
  heard(result: Result, nowMs: number): void {
    this.heardAt = nowMs
    this.heardTimes.push(nowMs)
    if (this.heardTimes.length > MOST_HEARD) this.heardTimes.shift()
    if (result.jpeg) this.waitingSince ??= nowMs
    const { epoch, sequence, precision, task, detections } = result
    this.recent.push({ epoch, sequence, precision, task, detections })
    if (this.recent.length > RECENT) this.recent.shift()
  }

  /** Its picture is on screen. */
  shown(result: Result, nowMs: number): void {
    this.shownAt = nowMs
    this.waitingSince = null
    const { queue_ms: queueMs, decode_ms: decodeMs, infer_ms: inferMs, postprocess_ms: postprocessMs } = result.timings
    const ageMs = this.clock.sinceMs(result.captured_at, nowMs)
    const showMs = this.clock.sinceMs(result.inferred_at, nowMs)
    this.meter.note({ atMs: nowMs, ageMs, queueMs, decodeMs, inferMs, postprocessMs, showMs })
  }

  /** Its picture is none: nothing is left to be shown. */
  broken(): void {
    this.waitingSince = null
  }

  /** Milliseconds since the last result; null before the first. */
  silentMs(nowMs: number): number | null {
    return this.heardAt === null ? null : nowMs - this.heardAt
  }

  /** Results heard per second, over the last two. */
  rate(nowMs: number): number {
    this.heardTimes = this.heardTimes.filter((at) => at > nowMs - RATE_MS)
    return (this.heardTimes.length * 1000) / RATE_MS
  }

  /** How long after its publication a result is on screen; what waits longer than usual counts, too. */
  lagMs(nowMs: number): number {
    const usual = this.meter.median('showMs', nowMs)
    const waiting = this.waitingSince === null ? 0 : nowMs - this.waitingSince
    return Number.isFinite(usual) ? Math.max(usual, waiting) : waiting
  }

  /** The true age of what is on screen: typical while pictures come, growing when they stop. */
  ageMs(onScreen: Result | null, nowMs: number): number {
    if (!onScreen || this.shownAt === null || !this.clock.known) return NaN
    const old = nowMs - this.shownAt > FRESH_MS
    return old ? this.clock.sinceMs(onScreen.captured_at, nowMs) : this.meter.median('ageMs', nowMs)
  }
}
