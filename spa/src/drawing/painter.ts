import { drawOverlay, type OverlayOptions } from '@/drawing/overlay'
import type { Result } from '@/wire'

/** A decoded frame and its result, which are always shown together. */
interface DecodedFrame {
  bitmap: ImageBitmap
  result: Result
}

export interface PainterOptions {
  picture: HTMLCanvasElement
  overlay: HTMLCanvasElement
  overlayOptions: () => OverlayOptions
  /** Called in the animation frame in which a result becomes visible. */
  onShown: (result: Result) => void
  /** Called when a JPEG could not be decoded. */
  onUndecodable?: () => void
  /** Decodes a JPEG and takes ownership of its bytes. */
  decode: (jpeg: Uint8Array) => Promise<ImageBitmap>
}

/**
 * Draws results: the frame on one canvas and its boxes on another canvas above it, in the same animation
 * frame, so that boxes are never drawn over the pixels of another frame.
 *
 * Each stage holds one result. While a JPEG is decoded, only the newest result waits; a decoded frame
 * that has not been shown is replaced by the next one. Nothing is queued.
 */
export class Painter {
  /** Results that were replaced by newer ones before they were shown. */
  skipped = 0
  private waiting: Result | null = null
  private decoding = false
  private ready: DecodedFrame | null = null
  private animationFrame = 0
  private last: Result | null = null
  private closed = false
  private size = { width: 0, height: 0 }
  private readonly bitmaps: ImageBitmapRenderingContext
  private readonly lines: CanvasRenderingContext2D

  constructor(private readonly options: PainterOptions) {
    const bitmaps = options.picture.getContext('bitmaprenderer')
    const lines = options.overlay.getContext('2d')
    if (!bitmaps || !lines) throw new Error('This browser does not support drawing on a canvas.')
    this.bitmaps = bitmaps
    this.lines = lines
  }

  /** The result that is on screen. */
  get shown(): Result | null {
    return this.last
  }

  /** Takes a result with a JPEG; it replaces a waiting one. */
  offer(result: Result): void {
    if (this.waiting) this.skipped++
    this.waiting = result
    if (!this.decoding) void this.decodeNext()
  }

  /** Redraws the boxes after a change of the options or the size. */
  redraw(): void {
    if (!this.last) return
    const unit = this.fit(this.last)
    drawOverlay(this.lines, this.last.detections, this.options.overlayOptions(), unit)
  }

  /** Sets the available size on the page, in CSS pixels. */
  resize(width: number, height: number): void {
    this.size = { width, height }
    this.redraw()
  }

  /** Releases all frames and stops drawing. */
  close(): void {
    this.closed = true
    this.waiting = null
    cancelAnimationFrame(this.animationFrame)
    this.ready?.bitmap.close()
    this.ready = null
  }

  private async decodeNext(): Promise<void> {
    this.decoding = true
    while (this.waiting && !this.closed) {
      const result = this.waiting
      this.waiting = null
      if (!result.jpeg) continue
      try {
        this.setNext({ bitmap: await this.options.decode(result.jpeg), result })
      } catch {
        this.options.onUndecodable?.() // only this frame is lost, the stream continues
      }
    }
    this.decoding = false
  }

  private setNext(next: DecodedFrame): void {
    if (this.closed) {
      next.bitmap.close()
      return
    }
    if (this.ready) {
      this.skipped++
      this.ready.bitmap.close()
    } else {
      this.animationFrame = requestAnimationFrame(() => this.show())
    }
    this.ready = next
  }

  private show(): void {
    const shown = this.ready
    this.ready = null
    if (!shown) return
    const { picture, onShown } = this.options
    const { width, height } = shown.bitmap
    if (picture.width !== width || picture.height !== height) {
      picture.width = width
      picture.height = height
    }
    this.bitmaps.transferFromImageBitmap(shown.bitmap) // transfers the pixels and releases the bitmap
    this.last = shown.result
    this.redraw()
    onShown(shown.result)
  }

  /** Fits the overlay to the frame at the screen's resolution. Returns canvas pixels per CSS pixel. */
  private fit(result: Result): number {
    const { overlay } = this.options
    const { size } = this
    if (size.width === 0 || result.width === 0) return 1
    const scale = Math.min(size.width / result.width, size.height / result.height)
    const unit = Math.min(devicePixelRatio, 2)
    const width = Math.round(result.width * scale * unit)
    const height = Math.round(result.height * scale * unit)
    if (overlay.width !== width || overlay.height !== height) {
      overlay.width = width
      overlay.height = height
    }
    return unit
  }
}
