/** How long a comparison is believed: clocks drift, and are set. */
const BELIEVED_MS = 30_000

/** As many round trips are remembered; the quickest says how long a message travels. */
const TRIPS = 8

/**
 * Redis' clock as seen from this page.
 *
 * Ages of frames are differences to `captured_at`, which is in Redis' clock; the browser's own may be
 * minutes off. Whatever carries a time of Redis was written before it was read here, so each tells
 * how far Redis' clock is ahead at least, and the largest of the last minute is right but for the
 * way of the quickest message: half of the quickest round trip.
 */
export class ServerClock {
  private younger = { sinceMs: -Infinity, aheadMs: -Infinity }
  private olderMs = -Infinity
  private trips: number[] = []

  /** Notes that something written at `micros` (Redis' clock) or later was read at `readMs`. */
  learn(micros: number, readMs: number): void {
    const aheadMs = micros / 1000 - readMs
    if (Math.abs(readMs - this.younger.sinceMs) > BELIEVED_MS) {
      this.olderMs = this.younger.aheadMs
      this.younger = { sinceMs: readMs, aheadMs }
    }
    this.younger.aheadMs = Math.max(this.younger.aheadMs, aheadMs)
  }

  /** Notes how long a question and its answer took. */
  travelled(roundTripMs: number): void {
    this.trips = [...this.trips.slice(1 - TRIPS), roundTripMs]
  }

  /** False until something was heard: ages cannot be told yet. */
  get known(): boolean {
    return this.younger.aheadMs > -Infinity
  }

  /** How far Redis' clock is ahead of the browser's, in milliseconds. */
  get aheadMs(): number {
    if (!this.known) return 0
    const way = this.trips.length > 0 ? Math.min(...this.trips) / 2 : 0
    return Math.max(this.younger.aheadMs, this.olderMs) + way
  }

  /** Milliseconds since 1970 in Redis' clock at the browser's `localMs`. */
  at(localMs: number): number {
    return localMs + this.aheadMs
  }

  /** Milliseconds from `micros` (Redis' clock) to the browser's `localMs`. */
  sinceMs(micros: number, localMs: number): number {
    return this.at(localMs) - micros / 1000
  }
}
