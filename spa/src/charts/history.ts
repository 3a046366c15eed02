import type { Result } from '@/wire'

/** Length of the history of a stream. */
export const HISTORY_SECONDS = 600

/** A chart covers at least this time, even if there are fewer results. */
const MIN_CHART_SECONDS = 60

/** Number of classes in the history of a stream; further classes are ignored. */
const MAX_CLASSES = 24

/** Times that are averaged over each second. */
export const TIMES = ['queue', 'decode', 'infer', 'postprocess', 'age'] as const
export type Time = (typeof TIMES)[number]

/** One series per class or time, with one value per entry of `seconds`; null without results. */
export interface HistorySeries<Name extends string = string> {
  seconds: number[]
  values: Record<Name, (number | null)[]>
}

/**
 * The last ten minutes of one stream in steps of one second. The ring buffers have a fixed size, so a
 * page that is open for weeks needs as much memory as one that is open for ten minutes.
 */
export class StreamHistory {
  private readonly frames = new Uint16Array(HISTORY_SECONDS)
  private readonly counts = new Map<string, Float32Array>()
  private readonly sums: Record<Time, Float64Array>
  private oldest = Infinity
  private newest = -1

  constructor() {
    const ring = (): Float64Array => new Float64Array(HISTORY_SECONDS)
    this.sums = { queue: ring(), decode: ring(), infer: ring(), postprocess: ring(), age: ring() }
  }

  /** Adds a result that was received at `second`; its frame was `ageMs` old. */
  record(result: Result, second: number, ageMs: number): void {
    this.advance(second)
    if (second <= this.newest - HISTORY_SECONDS) return
    this.oldest = Math.min(this.oldest, second)
    const place = second % HISTORY_SECONDS
    this.frames[place] = (this.frames[place] ?? 0) + 1
    for (const { label } of result.detections) {
      const ring = this.ringOf(label)
      if (ring) ring[place] = (ring[place] ?? 0) + 1
    }
    const { queue_ms, decode_ms, infer_ms, postprocess_ms } = result.timings
    const times = { queue: queue_ms, decode: decode_ms, infer: infer_ms, postprocess: postprocess_ms, age: ageMs }
    for (const time of TIMES) this.sums[time][place] = (this.sums[time][place] ?? 0) + times[time]
  }

  /**
   * Detections per frame of each class, over `length` seconds that end at `until`; shorter, but at
   * least a minute, when the first result is more recent.
   */
  classes(until: number, length: number): HistorySeries {
    return this.lines(until, length, this.counts)
  }

  /** Mean time of each stage, in milliseconds. */
  times(until: number, length: number): HistorySeries<Time> {
    return this.lines<Time>(until, length, new Map(TIMES.map((time) => [time, this.sums[time]])))
  }

  private lines<Name extends string>(
    until: number,
    length: number,
    rings: Map<string, Float32Array | Float64Array>,
  ): HistorySeries<Name> {
    const first = Math.min(this.oldest, until - MIN_CHART_SECONDS + 1)
    const from = Math.max(until - length + 1, until - HISTORY_SECONDS + 1, first)
    const seconds = Array.from({ length: until - from + 1 }, (_, i) => from + i)
    const values: Record<string, (number | null)[]> = {}
    for (const [name, ring] of rings) values[name] = seconds.map((second) => this.mean(ring, second))
    return { seconds, values: values as Record<Name, (number | null)[]> }
  }

  private mean(ring: Float32Array | Float64Array, second: number): number | null {
    if (second > this.newest || second <= this.newest - HISTORY_SECONDS) return null
    const place = second % HISTORY_SECONDS
    const frames = this.frames[place] ?? 0
    return frames === 0 ? null : (ring[place] ?? 0) / frames
  }

  private ringOf(label: string): Float32Array | undefined {
    let ring = this.counts.get(label)
    if (!ring && this.counts.size < MAX_CLASSES) {
      ring = new Float32Array(HISTORY_SECONDS)
      this.counts.set(label, ring)
    }
    return ring
  }

  /** Clears the seconds that have passed since the last result. */
  private advance(second: number): void {
    if (second <= this.newest) return
    const first = Math.max(this.newest + 1, second - HISTORY_SECONDS + 1)
    for (let passed = first; passed <= second; passed++) {
      const place = passed % HISTORY_SECONDS
      this.frames[place] = 0
      for (const ring of this.counts.values()) ring[place] = 0
      for (const time of TIMES) this.sums[time][place] = 0
    }
    this.newest = second
  }
}
