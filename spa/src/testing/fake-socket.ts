import { encode } from '@msgpack/msgpack'
import type { Result } from '@/wire'

/** A WebSocket whose gateway side is controlled by the test. */
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

  /** The most recently opened socket. */
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1)
    if (!last) throw new Error('No socket was opened.')
    return last
  }

  /** Opens a fake socket with the type of a real one. */
  static readonly open = (address: string): WebSocket => new FakeSocket(address) as unknown as WebSocket

  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }

  close(): void {
    this.closed = true
  }

  /** The gateway accepts the connection. */
  accept(): void {
    this.onopen?.()
  }

  /** The gateway sends a result. */
  sendResult(result: Result): void {
    const bytes = encode(result)
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) })
  }

  /** The connection is closed with a close code. */
  closeWith(code = 1006): void {
    this.onclose?.({ code })
  }
}
