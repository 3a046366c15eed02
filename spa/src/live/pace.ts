/** Frames per second that are asked for: as many as a screen shows, and never none. */
export const FASTEST = 60
export const SLOWEST = 1

/** Results that are shown this late pile up, as this computer or its network is too slow for them. */
const BEHIND_MS = 1500

/** So late, half as many would be too many for long: there is a backlog to catch up with. */
const FAR_BEHIND_MS = 5000

/** Results that are shown this soon leave room for more. */
const PROMPT_MS = 500

/** How long it has to be so before something is done about it. */
const BEHIND_FOR_MS = 2000
const PROMPT_FOR_MS = 10_000

const NEVER = Infinity

/** What has been done needs time to show; and connecting anew, where no less can be asked for, is work. */
const SETTLE_MS = 5000
const SLOWEST_SETTLE_MS = 30_000

/** What to do: nothing, tell the gateway the new `fps`, or drop what is on its way as well. */
export type Advice = 'keep' | 'tell' | 'drop'

/**
 * How many frames per second a tile asks for.
 *
 * The gateway sends the latest result only, but what it has sent lies in buffers of the network and
 * the browser, and a page that is slower than its results would show the past, ever further behind.
 * Such a page asks for half as many (far behind, a quarter) and drops what lies in between; when they
 * come promptly for a while, it asks for half as many more.
 */
export class Pace {
  fps = FASTEST
  private behindSince = NEVER
  private promptSince = NEVER
  private settledAt = -Infinity

  /** Results are on screen `lagMs` after they were published, and `rate` of them come per second. */
  note(lagMs: number, rate: number, nowMs: number): Advice {
    this.behindSince = lagMs > BEHIND_MS ? Math.min(this.behindSince, nowMs) : NEVER
    this.promptSince = lagMs < PROMPT_MS ? Math.min(this.promptSince, nowMs) : NEVER
    if (nowMs < this.settledAt) return 'keep'
    if (nowMs - this.behindSince >= BEHIND_FOR_MS) return this.slower(lagMs, rate, nowMs)
    const hasRoom = nowMs - this.promptSince >= PROMPT_FOR_MS
    return hasRoom && this.fps < FASTEST ? this.faster(nowMs) : 'keep'
  }

  private slower(lagMs: number, rate: number, nowMs: number): Advice {
    const share = lagMs > FAR_BEHIND_MS ? 4 : 2
    this.change(Math.max(SLOWEST, Math.min(this.fps, rate) / share), nowMs)
    return 'drop'
  }

  private faster(nowMs: number): Advice {
    this.change(Math.min(FASTEST, this.fps * 1.5), nowMs)
    return 'tell'
  }

  private change(fps: number, nowMs: number): void {
    const settle = this.fps === SLOWEST && fps === SLOWEST ? SLOWEST_SETTLE_MS : SETTLE_MS
    this.fps = Math.round(fps * 10) / 10
    this.settledAt = nowMs + settle
    this.behindSince = this.promptSince = NEVER
  }
}
