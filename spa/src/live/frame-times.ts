/** Times of one shown frame, in milliseconds. */
export interface FrameTimes {
  atMs: number
  ageMs: number
  queueMs: number
  decodeMs: number
  inferMs: number
  postprocessMs: number
  /** From the publication of the result until the frame was on screen. */
  showMs: number
}

/** Window of the rates and medians. */
const WINDOW_MS = 2000

/** The value below which `share` (0..1) of the values lie; NaN without values. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

/** Rate and median times of the frames of the last two seconds. */
export class FrameMeter {
  private frames: FrameTimes[] = []

  add(frame: FrameTimes): void {
    this.frames.push(frame)
    this.removeOld(frame.atMs)
  }

  /** Frames shown per second. */
  fps(nowMs: number): number {
    this.removeOld(nowMs)
    const first = this.frames[0]
    if (!first || this.frames.length < 2) return 0
    // n frames have n - 1 intervals. The time since the last frame counts as far as it exceeds the mean interval.
    const last = this.frames.at(-1) ?? first
    const spanMs = last.atMs - first.atMs
    const intervalMs = spanMs / (this.frames.length - 1)
    const overdueMs = Math.max(0, nowMs - last.atMs - intervalMs)
    return ((this.frames.length - 1) * 1000) / Math.max(spanMs + overdueMs, 1)
  }

  /** Median of one of the times; NaN without frames. */
  median(of: keyof Omit<FrameTimes, 'atMs'>, nowMs: number): number {
    this.removeOld(nowMs)
    return percentile(this.frames.map((frame) => frame[of]), 0.5)
  }

  private removeOld(nowMs: number): void {
    const first = this.frames.findIndex((frame) => frame.atMs > nowMs - WINDOW_MS)
    if (first > 0) this.frames.splice(0, first)
    else if (first < 0) this.frames = []
  }
}
