import { Decoder } from '@msgpack/msgpack'
import { retryDelayMs } from '@/live/backoff'
import type { Result } from '@/wire'

/** What the page requests of a stream: with or without JPEGs, and at most how many results per second. */
export interface ViewerRequest {
  pixels: boolean
  max_fps: number
}

/** State of the connection. After `refused` there are no retries; all other states recover automatically. */
export type LinkState =
  | { phase: 'idle' | 'connecting' | 'open' }
  | { phase: 'waiting'; retryAt: number }
  | { phase: 'refused'; code: number }

/** Close codes after which a retry would fail again. */
export const CLOSE_SIGN_IN = 4401
export const CLOSE_FORBIDDEN = 4403
export const CLOSE_NOT_FOUND = 4404
const FINAL_CODES: readonly number[] = [CLOSE_SIGN_IN, CLOSE_FORBIDDEN, CLOSE_NOT_FOUND]

/**
 * A connection is dead when no result arrives during this many checks although results exist. Checks are
 * counted instead of time because on a busy computer both checks and results are late.
 */
const CHECK_MS = 2000
const MAX_SILENT_CHECKS = 4

export interface LinkOptions {
  address: string
  onResult: (result: Result) => void
  onState: (state: LinkState) => void
  /** True while the stream is known to have results. */
  expecting?: () => boolean
  open?: (address: string) => WebSocket
  random?: () => number
}

/** The WebSocket of one stream; it reconnects automatically. */
export class StreamLink {
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private watchdog: ReturnType<typeof setInterval> | undefined
  private attempt = 0
  private silentChecks = 0
  private requested: ViewerRequest = { pixels: true, max_fps: 60 }
  private readonly decoder = new Decoder()
  private current: LinkState = { phase: 'idle' }

  constructor(private readonly options: LinkOptions) {}

  get state(): LinkState {
    return this.current
  }

  /** Connects unless it is connected; ends a retry delay early. */
  start(): void {
    if (this.socket) return
    clearTimeout(this.timer)
    this.silentChecks = 0
    this.watchdog ??= setInterval(() => this.check(), CHECK_MS)
    this.setState({ phase: 'connecting' })
    const open = this.options.open ?? ((address: string) => new WebSocket(address))
    this.attach(open(this.options.address))
  }

  /** Disconnects without reconnecting. */
  stop(): void {
    clearTimeout(this.timer)
    clearInterval(this.watchdog)
    this.watchdog = undefined
    this.closeSocket()
    this.attempt = 0
    this.setState({ phase: 'idle' })
  }

  /** Reconnects immediately, which drops the results in transit. */
  restart(): void {
    this.closeSocket()
    this.start()
  }

  /** Sends what the page requests from now on; repeated after every reconnection. */
  request(request: ViewerRequest): void {
    if (request.pixels === this.requested.pixels && request.max_fps === this.requested.max_fps) return
    this.requested = request
    if (this.current.phase === 'open') this.socket?.send(JSON.stringify(request))
  }

  private attach(socket: WebSocket): void {
    this.socket = socket
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => {
      this.silentChecks = 0
      this.setState({ phase: 'open' })
      socket.send(JSON.stringify(this.requested))
    }
    socket.onmessage = (message: MessageEvent<unknown>) => this.receive(message.data)
    socket.onclose = (closed: CloseEvent) => {
      this.closeSocket()
      this.retry(closed.code)
    }
  }

  private receive(data: unknown): void {
    this.silentChecks = 0
    this.attempt = 0
    if (data instanceof ArrayBuffer) this.options.onResult(this.decoder.decode(data) as Result)
  }

  private retry(code: number): void {
    if (FINAL_CODES.includes(code)) {
      this.setState({ phase: 'refused', code })
      return
    }
    const delayMs = retryDelayMs(this.attempt++, this.options.random)
    this.timer = setTimeout(() => this.start(), delayMs)
    this.setState({ phase: 'waiting', retryAt: Date.now() + delayMs })
  }

  private check(): void {
    this.silentChecks = this.options.expecting?.() ? this.silentChecks + 1 : 0
    if (!this.socket || this.silentChecks < MAX_SILENT_CHECKS) return
    this.closeSocket()
    this.retry(0)
  }

  private closeSocket(): void {
    const socket = this.socket
    this.socket = null
    if (!socket) return
    // A closing socket may still deliver messages: they are ignored.
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  private setState(state: LinkState): void {
    this.current = state
    this.options.onState(state)
  }
}
