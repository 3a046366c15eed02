import { Decoder } from '@msgpack/msgpack'
import { pauseMs } from '@/live/backoff'
import type { Result } from '@/wire'

/** What the page asks of a stream: pictures or only detections, and how often at most. */
export interface Wish {
  pixels: boolean
  max_fps: number
}

/** Where the connection stands; `refused` is an answer, everything else heals by itself. */
export type LinkState =
  | { phase: 'idle' | 'connecting' | 'open' }
  | { phase: 'waiting'; retryAt: number }
  | { phase: 'refused'; code: number }

/** Close codes after which asking again is pointless until something else changes. */
export const SIGN_IN = 4401
export const FORBIDDEN = 4403
export const UNKNOWN = 4404
const FINAL: readonly number[] = [SIGN_IN, FORBIDDEN, UNKNOWN]

/**
 * A connection that says nothing between so many looks, although results exist, is dead. Looks are
 * counted and not time: on a busy computer they come late, as results do.
 */
const LOOK_MS = 2000
const SILENT_LOOKS = 4

export interface LinkOptions {
  address: string
  onResult: (result: Result) => void
  onState: (state: LinkState) => void
  /** True while results are known to exist, so that silence means a dead connection. */
  expecting?: () => boolean
  open?: (address: string) => WebSocket
  random?: () => number
}

/** One stream's WebSocket, which comes back by itself. */
export class StreamLink {
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private watchdog: ReturnType<typeof setInterval> | undefined
  private attempt = 0
  private silentLooks = 0
  private wish: Wish = { pixels: true, max_fps: 60 }
  private readonly decoder = new Decoder()
  private current: LinkState = { phase: 'idle' }

  constructor(private readonly options: LinkOptions) {}

  get state(): LinkState {
    return this.current
  }

  /** Connects, unless it is connected; also ends a pause early. */
  start(): void {
    if (this.socket) return
    clearTimeout(this.timer)
    this.silentLooks = 0
    this.watchdog ??= setInterval(() => this.listen(), LOOK_MS)
    this.become({ phase: 'connecting' })
    const open = this.options.open ?? ((address: string) => new WebSocket(address))
    this.attach(open(this.options.address))
  }

  /** Disconnects and stays so. */
  stop(): void {
    clearTimeout(this.timer)
    clearInterval(this.watchdog)
    this.watchdog = undefined
    this.drop()
    this.attempt = 0
    this.become({ phase: 'idle' })
  }

  /** Connects anew at once, which drops whatever was on its way here. */
  restart(): void {
    this.drop()
    this.start()
  }

  /** Says what is wanted from now on; repeated after every reconnect. */
  want(wish: Wish): void {
    if (wish.pixels === this.wish.pixels && wish.max_fps === this.wish.max_fps) return
    this.wish = wish
    if (this.current.phase === 'open') this.socket?.send(JSON.stringify(wish))
  }

  private attach(socket: WebSocket): void {
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.silentLooks = 0
      this.become({ phase: 'open' })
      socket.send(JSON.stringify(this.wish))
    }
    socket.onmessage = (message: MessageEvent<unknown>) => this.receive(message.data)
    socket.onclose = (closed: CloseEvent) => {
      this.drop()
      this.recover(closed.code)
    }
  }

  private receive(data: unknown): void {
    this.silentLooks = 0
    this.attempt = 0
    if (data instanceof ArrayBuffer) this.options.onResult(this.decoder.decode(data) as Result)
  }

  private recover(code: number): void {
    if (FINAL.includes(code)) {
      this.become({ phase: 'refused', code })
      return
    }
    const pause = pauseMs(this.attempt++, this.options.random)
    this.timer = setTimeout(() => this.start(), pause)
    this.become({ phase: 'waiting', retryAt: Date.now() + pause })
  }

  private listen(): void {
    this.silentLooks = this.options.expecting?.() ? this.silentLooks + 1 : 0
    if (!this.socket || this.silentLooks < SILENT_LOOKS) return
    this.drop()
    this.recover(0)
  }

  private drop(): void {
    const socket = this.socket
    this.socket = null
    if (!socket) return
    // A socket that was given up may still speak; nobody listens any more.
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  private become(state: LinkState): void {
    this.current = state
    this.options.onState(state)
  }
}
