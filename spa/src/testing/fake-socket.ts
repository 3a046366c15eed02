import { encode } from '@msgpack/msgpack'
import type { Result } from '@/wire'

/** A WebSocket that a test speaks for. */
export class FakeSocket {
  static all: FakeSocket[] = []
  binaryType = 'blob'
  readonly sent: unknown[] = []
  closed = false
  onopen: (() => void) | null = null
  onmessage: ((message: { data: unknown }) => void) | null = null
  onclose: ((closed: { code: number }) => void) | null = null

  constructor(readonly address: string) {
    FakeSocket.all.push(this)
  }

  /** The socket that was opened last. */
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1)
    if (!last) throw new Error('no socket was opened')
    return last
  }

  /** For options that want a real one. */
  static readonly open = (address: string): WebSocket => new FakeSocket(address) as unknown as WebSocket

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.closed = true
  }

  /** The gateway takes the connection. */
  accept(): void {
    this.onopen?.()
  }

  /** The gateway sends a result. */
  say(result: Result): void {
    const bytes = encode(result)
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) })
  }

  /** The connection ends. */
  end(code = 1006): void {
    this.onclose?.({ code })
  }
}
