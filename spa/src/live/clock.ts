/** One comparison of two clocks: how far Redis' clock is ahead, and how sure that is. */
interface Reading {
  aheadMs: number
  roundTripMs: number
}

/** As many readings as are kept; the quickest of them is believed. */
const KEPT = 8

/**
 * Redis' clock as seen from this page, learnt from answers that carry `now`.
 *
 * Ages of frames are differences to `captured_at`, which is in Redis' clock; the browser's own may
 * be minutes off. The answer is assumed to be written half way through its round trip.
 */
export class ServerClock {
  private readings: Reading[] = []

  /** Notes that an answer asked for at `sentMs` and read at `readMs` carried `nowMicros`. */
  learn(nowMicros: number, sentMs: number, readMs: number): void {
    const reading = { aheadMs: nowMicros / 1000 - (sentMs + readMs) / 2, roundTripMs: readMs - sentMs }
    this.readings = [...this.readings.slice(1 - KEPT), reading]
  }

  /** False until the first answer: ages cannot be told yet. */
  get known(): boolean {
    return this.readings.length > 0
  }

  /** Milliseconds since 1970 in Redis' clock at the browser's `localMs`. */
  at(localMs: number): number {
    let best: Reading | undefined
    for (const reading of this.readings) {
      if (!best || reading.roundTripMs < best.roundTripMs) best = reading
    }
    return localMs + (best?.aheadMs ?? 0)
  }

  /** Milliseconds from `micros` (Redis' clock) to the browser's `localMs`. */
  sinceMs(micros: number, localMs: number): number {
    return this.at(localMs) - micros / 1000
  }
}
