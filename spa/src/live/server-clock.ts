/** Samples are kept for one to two windows, as clocks drift and can be set. */
const WINDOW_MS = 30_000

/** Number of round trips that are kept; the shortest one gives the travel time of a message. */
const ROUND_TRIPS = 8

/**
 * An estimate of Redis' clock in the browser.
 *
 * The age of a frame is the difference to `captured_at`, which is in Redis' clock; the browser's clock
 * may be minutes off. A message with a time of Redis was written before it was read here, so each
 * message gives a lower bound for how far Redis' clock is ahead. The largest bound of the last minute
 * is exact except for the travel time of the fastest message: half of the shortest round trip.
 */
export class ServerClock {
  private currentWindow = { sinceMs: -Infinity, aheadMs: -Infinity }
  private previousWindowMs = -Infinity
  private roundTrips: number[] = []

  /** Adds a message that was written at `micros` (Redis' clock) or later and read at `readMs` (browser). */
  addSample(micros: number, readMs: number): void {
    const aheadMs = micros / 1000 - readMs
    if (Math.abs(readMs - this.currentWindow.sinceMs) > WINDOW_MS) {
      this.previousWindowMs = this.currentWindow.aheadMs
      this.currentWindow = { sinceMs: readMs, aheadMs }
    }
    this.currentWindow.aheadMs = Math.max(this.currentWindow.aheadMs, aheadMs)
  }

  /** Adds the time from a request to its response. */
  addRoundTrip(roundTripMs: number): void {
    this.roundTrips = [...this.roundTrips.slice(1 - ROUND_TRIPS), roundTripMs]
  }

  /** False before the first sample. */
  get isKnown(): boolean {
    return this.currentWindow.aheadMs > -Infinity
  }

  /** How far Redis' clock is ahead of the browser's, in milliseconds. */
  get aheadMs(): number {
    if (!this.isKnown) return 0
    const travelMs = this.roundTrips.length > 0 ? Math.min(...this.roundTrips) / 2 : 0
    return Math.max(this.currentWindow.aheadMs, this.previousWindowMs) + travelMs
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
