import { drawOverlay, type OverlayChoice } from '@/live/overlay'
import type { Result } from '@/wire'

/** A decoded picture and the result that it came with: they are never shown apart. */
interface Shown {
  bitmap: ImageBitmap
  result: Result
}

export interface PainterOptions {
  picture: HTMLCanvasElement
  overlay: HTMLCanvasElement
  choice: () => OverlayChoice
  /** Called in the animation frame in which a result became visible. */
  onShown: (result: Result) => void
  /** Called when a picture could not be decoded. */
  onBroken?: () => void
  /** Takes the bytes over. */
  decode: (jpeg: Uint8Array) => Promise<ImageBitmap>
}

/**
 * Puts results on screen: the picture on one canvas and the boxes on another above it, both in the
 * same animation frame, so that a box never lies on the pixels of another frame.
 *
 * At every stage one place: while a picture is decoded the newest result waits, and a decoded
 * picture that was not shown yet gives way to the next. The latest wins; nothing piles up.
 */
export class Painter {
  /** Results that were overtaken before they could be shown. */
  skipped = 0
  private waiting: Result | null = null
  private decoding = false
  private ready: Shown | null = null
  private ticket = 0
  private last: Result | null = null
  private closed = false
  private room = { width: 0, height: 0 }
  private readonly bitmaps: ImageBitmapRenderingContext
  private readonly lines: CanvasRenderingContext2D

  constructor(private readonly options: PainterOptions) {
    const bitmaps = options.picture.getContext('bitmaprenderer')
    const lines = options.overlay.getContext('2d')
    if (!bitmaps || !lines) throw new Error('this browser cannot draw on a canvas')
    this.bitmaps = bitmaps
    this.lines = lines
  }

  /** The result that is on screen. */
  get shown(): Result | null {
    return this.last
  }

  /** Takes a result with a picture; the latest wins. */
  offer(result: Result): void {
    if (this.waiting) this.skipped++
    this.waiting = result
    if (!this.decoding) void this.decodeNext()
  }

  /** Draws the boxes again: the choice or the size has changed, the picture has not. */
  redraw(): void {
    if (!this.last) return
    const unit = this.fit(this.last)
    drawOverlay(this.lines, this.last.detections, this.options.choice(), unit)
  }

  /** The room on the page has this size now, in CSS pixels. */
  resize(width: number, height: number): void {
    this.room = { width, height }
    this.redraw()
  }

  /** Forgets everything; nothing is drawn afterwards. */
  close(): void {
    this.closed = true
    this.waiting = null
    cancelAnimationFrame(this.ticket)
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
        this.hold({ bitmap: await this.options.decode(result.jpeg), result })
      } catch {
        this.options.onBroken?.() // a truncated picture is that frame's loss, not the stream's
      }
    }
    this.decoding = false
  }

  private hold(next: Shown): void {
    if (this.closed) {
      next.bitmap.close()
      return
    }
    if (this.ready) {
      this.skipped++
      this.ready.bitmap.close()
    } else {
      this.ticket = requestAnimationFrame(() => this.show())
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
    this.bitmaps.transferFromImageBitmap(shown.bitmap) // hands the pixels over and frees ours
    this.last = shown.result
    this.redraw()
    onShown(shown.result)
  }

  /** Gives the overlay the picture's shape at the screen's resolution; canvas pixels per CSS pixel. */
  private fit(result: Result): number {
    const { overlay } = this.options
    const { room } = this
    if (room.width === 0 || result.width === 0) return 1
    const scale = Math.min(room.width / result.width, room.height / result.height)
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
