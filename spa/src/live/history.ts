import type { Result } from '@/wire'

/** Seconds that are remembered of a stream. */
export const REMEMBERED_SECONDS = 600

/** A chart spans as long at least, however little was heard yet. */
const SHORTEST_SECONDS = 60

/** Classes that are remembered of a stream; a model that knows more shows its first ones. */
const CLASSES = 24

/** What is averaged over each second beside the counts. */
export const TIMES = ['queue', 'decode', 'infer', 'postprocess', 'age'] as const
export type Time = (typeof TIMES)[number]

/** One line per class or time, one value per entry of `seconds`; null where nothing was heard. */
export interface Lines<Name extends string = string> {
  seconds: number[]
  values: Record<Name, (number | null)[]>
}

/**
 * The last ten minutes of one stream, second by second, in rings of a fixed size: a page that is
 * open for weeks remembers as much as one that is open for ten minutes.
 */
export class History {
  private readonly frames = new Uint16Array(REMEMBERED_SECONDS)
  private readonly counts = new Map<string, Float32Array>()
  private readonly sums: Record<Time, Float64Array>
  private oldest = Infinity
  private newest = -1

  constructor() {
    const ring = (): Float64Array => new Float64Array(REMEMBERED_SECONDS)
    this.sums = { queue: ring(), decode: ring(), infer: ring(), postprocess: ring(), age: ring() }
  }

  /** Adds one result that was heard at `second` with a picture `ageMs` old. */
  record(result: Result, second: number, ageMs: number): void {
    this.advance(second)
    if (second <= this.newest - REMEMBERED_SECONDS) return
    this.oldest = Math.min(this.oldest, second)
    const place = second % REMEMBERED_SECONDS
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
   * Detections per frame of each class, over `length` seconds that end at `until`; less, but a minute
   * at least, while less was heard.
   */
  classes(until: number, length: number): Lines {
    return this.lines(until, length, this.counts)
  }

  /** Mean milliseconds of each stage. */
  times(until: number, length: number): Lines<Time> {
    return this.lines<Time>(until, length, new Map(TIMES.map((time) => [time, this.sums[time]])))
  }

  private lines<Name extends string>(
    until: number,
    length: number,
    rings: Map<string, Float32Array | Float64Array>,
  ): Lines<Name> {
    const known = Math.min(this.oldest, until - SHORTEST_SECONDS + 1)
    const from = Math.max(until - length + 1, until - REMEMBERED_SECONDS + 1, known)
    const seconds = Array.from({ length: until - from + 1 }, (_, i) => from + i)
    const values: Record<string, (number | null)[]> = {}
    for (const [name, ring] of rings) values[name] = seconds.map((second) => this.mean(ring, second))
    return { seconds, values: values as Record<Name, (number | null)[]> }
  }

  private mean(ring: Float32Array | Float64Array, second: number): number | null {
    if (second > this.newest || second <= this.newest - REMEMBERED_SECONDS) return null
    const place = second % REMEMBERED_SECONDS
    const frames = this.frames[place] ?? 0
    return frames === 0 ? null : (ring[place] ?? 0) / frames
  }

  private ringOf(label: string): Float32Array | undefined {
    let ring = this.counts.get(label)
    if (!ring && this.counts.size < CLASSES) {
      ring = new Float32Array(REMEMBERED_SECONDS)
      this.counts.set(label, ring)
    }
    return ring
  }

  /** Clears the places of the seconds that passed since the last result. */
  private advance(second: number): void {
    if (second <= this.newest) return
    const first = Math.max(this.newest + 1, second - REMEMBERED_SECONDS + 1)
    for (let passed = first; passed <= second; passed++) {
      const place = passed % REMEMBERED_SECONDS
      this.frames[place] = 0
      for (const ring of this.counts.values()) ring[place] = 0
      for (const time of TIMES) this.sums[time][place] = 0
    }
    this.newest = second
  }
}
