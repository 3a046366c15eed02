import type { Decoded, Encoded } from '@/live/decoding'

/** A decoder that answers as it is told: with a picture for bytes that do not begin with 0. */
export class FakeWorker {
  static all: FakeWorker[] = []
  onmessage: ((message: { data: Decoded }) => void) | null = null
  onerror: (() => void) | null = null
  terminated = false
  readonly asked: Encoded[] = []
  readonly moved: Transferable[] = []

  constructor() {
    FakeWorker.all.push(this)
  }

  static readonly start = (): Worker => new FakeWorker() as unknown as Worker

  postMessage(encoded: Encoded, moved: Transferable[]): void {
    this.asked.push(encoded)
    this.moved.push(...moved)
    void Promise.resolve().then(() => this.answer(encoded))
  }

  terminate(): void {
    this.terminated = true
  }

  private answer({ ticket, jpeg }: Encoded): void {
    if (this.terminated) return
    const bitmap = jpeg[0] === 0 ? null : ({ width: 4, height: 3, close: () => undefined } as ImageBitmap)
    this.onmessage?.({ data: { ticket, bitmap } })
  }
}
