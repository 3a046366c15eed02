/** A message to the decoder worker; the JPEG's bytes are transferred, not copied. */
export interface DecodeRequest {
  requestId: number
  jpeg: Uint8Array<ArrayBuffer>
}

/** A message from the decoder worker; the bitmap is null when the JPEG could not be decoded. */
export interface DecodeResponse {
  requestId: number
  bitmap: ImageBitmap | null
}

interface PendingDecode {
  resolve: (bitmap: ImageBitmap) => void
  reject: (error: Error) => void
}

function startWorker(): Worker {
  return new Worker(new URL('./jpeg-decoder.worker.ts', import.meta.url), { type: 'module' })
}

/** Decodes the JPEGs of all streams in one worker, which starts with the first JPEG. */
export class JpegDecoder {
  private worker: Worker | null = null
  private readonly pending = new Map<number, PendingDecode>()
  private lastId = 0

  constructor(private readonly start: () => Worker = startWorker) {}

  /** Decodes a JPEG. Its bytes are transferred to the worker, so `jpeg` is empty afterwards. */
  decode(jpeg: Uint8Array): Promise<ImageBitmap> {
    this.worker ??= this.listen(this.start())
    const request: DecodeRequest = { requestId: ++this.lastId, jpeg: jpeg as Uint8Array<ArrayBuffer> }
    const { worker } = this
    return new Promise((resolve, reject) => {
      this.pending.set(request.requestId, { resolve, reject })
      worker.postMessage(request, [request.jpeg.buffer])
    })
  }

  private listen(worker: Worker): Worker {
    worker.onmessage = ({ data: { requestId, bitmap } }: MessageEvent<DecodeResponse>) => {
      const pending = this.pending.get(requestId)
      this.pending.delete(requestId)
      if (bitmap) pending?.resolve(bitmap)
      else pending?.reject(new Error('The JPEG could not be decoded.'))
    }
    worker.onerror = () => this.discard(worker)
    return worker
  }

  /** Discards a failed worker and its pending JPEGs. The next JPEG starts a new worker. */
  private discard(worker: Worker): void {
    worker.terminate()
    this.worker = null
    for (const { reject } of this.pending.values()) reject(new Error('The decoder worker failed.'))
    this.pending.clear()
  }
}

/** The decoder that all streams of the page share. */
export const jpegDecoder = new JpegDecoder()
