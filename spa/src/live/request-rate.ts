/** Highest and lowest frame rate that a page requests: the rate of a screen, and never zero. */
export const MAX_FPS = 60
export const MIN_FPS = 1

/** A lag above this means that results pile up: the computer or its network is too slow. */
const LATE_MS = 1500

/** A lag above this means a long backlog: half the rate would take too long to catch up. */
const VERY_LATE_MS = 5000

/** A lag below this leaves capacity for a higher rate. */
const ON_TIME_MS = 500

/** How long a lag must last before the rate changes. */
const LATE_FOR_MS = 2000
const ON_TIME_FOR_MS = 10_000

const NEVER = Infinity

/** Time without a change after each change. At the lowest rate it is longer, as a reconnection costs work. */
const SETTLE_MS = 5000
const SETTLE_AT_MIN_MS = 30_000

/** Keep the rate, send the new `fps` to the gateway, or send it and drop the results in transit. */
export type RateAction = 'keep' | 'send' | 'restart'

/**
 * Controls how many frames per second a tile requests.
 *
 * The gateway sends only the latest result, but sent results wait in buffers of the network and the
 * browser. A page that is slower than its results would show older and older frames. Such a page
 * requests half the rate (a quarter when it is very late) and drops the buffered results. When results
 * have been on time for a while, it requests 1.5 times the rate.
 */
export class RequestRate {
  fps = MAX_FPS
  private lateSince = NEVER
  private onTimeSince = NEVER
  private settledAt = -Infinity

  /**
   * Returns what to do, given the lag and the rate of received results.
   *
   * @param lagMs from the publication of a result until it is on screen
   * @param receivedFps results received per second
   */
  update(lagMs: number, receivedFps: number, nowMs: number): RateAction {
    this.lateSince = lagMs > LATE_MS ? Math.min(this.lateSince, nowMs) : NEVER
    this.onTimeSince = lagMs < ON_TIME_MS ? Math.min(this.onTimeSince, nowMs) : NEVER
    if (nowMs < this.settledAt) return 'keep'
    if (nowMs - this.lateSince >= LATE_FOR_MS) return this.decrease(lagMs, receivedFps, nowMs)
    const hasCapacity = nowMs - this.onTimeSince >= ON_TIME_FOR_MS
    return hasCapacity && this.fps < MAX_FPS ? this.increase(nowMs) : 'keep'
  }

  private decrease(lagMs: number, receivedFps: number, nowMs: number): RateAction {
    const divisor = lagMs > VERY_LATE_MS ? 4 : 2
    this.change(Math.max(MIN_FPS, Math.min(this.fps, receivedFps) / divisor), nowMs)
    return 'restart'
  }

  private increase(nowMs: number): RateAction {
    this.change(Math.min(MAX_FPS, this.fps * 1.5), nowMs)
    return 'send'
  }

  private change(fps: number, nowMs: number): void {
    const settleMs = this.fps === MIN_FPS && fps === MIN_FPS ? SETTLE_AT_MIN_MS : SETTLE_MS
    this.fps = Math.round(fps * 10) / 10
    this.settledAt = nowMs + settleMs
    this.lateSince = this.onTimeSince = NEVER
  }
}
