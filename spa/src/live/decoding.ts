/** A picture on its way to the worker; its bytes move, they are not copied. */
export interface Encoded {
  ticket: number
  jpeg: Uint8Array<ArrayBuffer>
}

/** A picture on its way back; null when it could not be decoded. */
export interface Decoded {
  ticket: number
  bitmap: ImageBitmap | null
}

interface Waiting {
  resolve: (bitmap: ImageBitmap) => void
  reject: (error: Error) => void
}

function startWorker(): Worker {
  return new Worker(new URL('./decoding.worker.ts', import.meta.url), { type: 'module' })
}

/** Decodes pictures of all streams in one worker, which is started with the first of them. */
export class Decoding {
  private worker: Worker | null = null
  private readonly waiting = new Map<number, Waiting>()
  private tickets = 0

  constructor(private readonly start: () => Worker = startWorker) {}

  /** The picture; `jpeg` is empty afterwards, for its bytes have moved to the worker. */
  decode(jpeg: Uint8Array): Promise<ImageBitmap> {
    this.worker ??= this.listen(this.start())
    const encoded: Encoded = { ticket: ++this.tickets, jpeg: jpeg as Uint8Array<ArrayBuffer> }
    const { worker } = this
    return new Promise((resolve, reject) => {
      this.waiting.set(encoded.ticket, { resolve, reject })
      worker.postMessage(encoded, [encoded.jpeg.buffer])
    })
  }

  private listen(worker: Worker): Worker {
    worker.onmessage = ({ data: { ticket, bitmap } }: MessageEvent<Decoded>) => {
      const waiting = this.waiting.get(ticket)
      this.waiting.delete(ticket)
      if (bitmap) waiting?.resolve(bitmap)
      else waiting?.reject(new Error('not a picture'))
    }
    worker.onerror = () => this.giveUp(worker)
    return worker
  }

  /** The worker is lost: what it had is lost with it, and the next picture starts another. */
  private giveUp(worker: Worker): void {
    worker.terminate()
    this.worker = null
    for (const { reject } of this.waiting.values()) reject(new Error('the decoder was lost'))
    this.waiting.clear()
  }
}

/** The page's own. */
export const decoding = new Decoding()
