/** What one shown frame says about the way of frames, in milliseconds. */
export interface Moment {
  atMs: number
  ageMs: number
  queueMs: number
  decodeMs: number
  inferMs: number
  postprocessMs: number
  /** From the result until it was on screen. */
  showMs: number
}

/** Trailing window of the figures on a tile. */
const WINDOW_MS = 2000

/** The value below which `share` (0..1) of the values lie; NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

/** Rates and typical times over the last two seconds; bounded by them. */
export class Meter {
  private moments: Moment[] = []

  note(moment: Moment): void {
    this.moments.push(moment)
    this.forget(moment.atMs)
  }

  /** Frames shown per second. */
  fps(nowMs: number): number {
    this.forget(nowMs)
    const first = this.moments[0]
    if (!first || this.moments.length < 2) return 0
    // Between n moments lie n - 1 intervals; the open end counts once it is longer than usual.
    const last = this.moments.at(-1) ?? first
    const covered = last.atMs - first.atMs
    const usual = covered / (this.moments.length - 1)
    const open = Math.max(0, nowMs - last.atMs - usual)
    return ((this.moments.length - 1) * 1000) / Math.max(covered + open, 1)
  }

  /** Median of one of the times; NaN while nothing was shown. */
  median(of: keyof Omit<Moment, 'atMs'>, nowMs: number): number {
    this.forget(nowMs)
    return percentile(this.moments.map((moment) => moment[of]), 0.5)
  }

  private forget(nowMs: number): void {
    const first = this.moments.findIndex((moment) => moment.atMs > nowMs - WINDOW_MS)
    if (first > 0) this.moments.splice(0, first)
    else if (first < 0) this.moments = []
  }
}
