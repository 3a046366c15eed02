import type { DecodeRequest, DecodeResponse } from '@/drawing/jpeg-decoder'

/** A decoder worker: decodes all bytes to a bitmap of 4×3 pixels, except for bytes that begin with 0. */
export class FakeWorker {
  static all: FakeWorker[] = []
  onmessage: ((message: { data: DecodeResponse }) => void) | null = null
  onerror: (() => void) | null = null
  terminated = false
  readonly requests: DecodeRequest[] = []
  readonly transferred: Transferable[] = []

  constructor() {
    FakeWorker.all.push(this)
  }

  static readonly start = (): Worker => new FakeWorker() as unknown as Worker

  postMessage(request: DecodeRequest, transferred: Transferable[]): void {
    this.requests.push(request)
    this.transferred.push(...transferred)
    void Promise.resolve().then(() => this.respond(request))
  }

  terminate(): void {
    this.terminated = true
  }

  private respond({ requestId, jpeg }: DecodeRequest): void {
    if (this.terminated) return
    const bitmap = jpeg[0] === 0 ? null : ({ width: 4, height: 3, close: () => undefined } as ImageBitmap)
    this.onmessage?.({ data: { requestId, bitmap } })
  }
}
