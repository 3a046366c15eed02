import { hueOfClass, hueOfIdentity, overVideo } from '@/live/colour'
import type { Detection } from '@/wire'

/** What of the detections is drawn; changed live, without asking the server. */
export interface OverlayChoice {
  boxes: boolean
  labels: boolean
  /** Detections below this score are not drawn, 0..1. */
  minScore: number
}

/** Dark lines under the coloured ones keep boxes legible over bright pictures. */
const SHADE = 'rgb(0 0 0 / 0.55)'
const INK = '#0b0f14'

/** The detections that are to be seen. */
export function chosen(detections: readonly Detection[], choice: OverlayChoice): Detection[] {
  return detections.filter((detection) => detection.score >= choice.minScore)
}

/** `person 0.87 · 12`: class, score and, where there is one, the identity. */
export function caption(detection: Detection): string {
  const identity = detection.track_id == null ? '' : ` #${detection.track_id}`
  return `${detection.label}${identity} ${Math.round(detection.score * 100)}`
}

function colourOf(detection: Detection): string {
  const { track_id: id, label } = detection
  return overVideo(id == null ? hueOfClass(label) : hueOfIdentity(id))
}

function strokeBox(ctx: CanvasRenderingContext2D, detection: Detection, unit: number): void {
  const { width, height } = ctx.canvas
  const [x1, y1, x2, y2] = detection.box
  ctx.beginPath()
  ctx.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height)
  ctx.lineWidth = 3.5 * unit
  ctx.strokeStyle = SHADE
  ctx.stroke()
  ctx.lineWidth = 1.75 * unit
  ctx.strokeStyle = colourOf(detection)
  ctx.stroke()
}

function writeCaption(ctx: CanvasRenderingContext2D, detection: Detection, unit: number): void {
  const { width, height } = ctx.canvas
  const [x1, y1] = detection.box
  const text = caption(detection)
  const chipHeight = 15 * unit
  const chipWidth = ctx.measureText(text).width + 8 * unit
  const left = Math.max(0, Math.min(x1 * width - unit, width - chipWidth))
  const above = y1 * height - chipHeight
  const top = Math.min(above >= 0 ? above : Math.max(0, y1 * height), height - chipHeight)
  ctx.fillStyle = colourOf(detection)
  ctx.fillRect(left, top, chipWidth, chipHeight)
  ctx.fillStyle = INK
  ctx.fillText(text, left + 4 * unit, top + chipHeight / 2 + 0.5 * unit)
}

/**
 * Draws detections over a whole canvas, which has the shape of the picture.
 *
 * @param unit canvas pixels per CSS pixel, so that lines and text look the same on every screen
 */
export function drawOverlay(
  ctx: CanvasRenderingContext2D,
  detections: readonly Detection[],
  choice: OverlayChoice,
  unit: number,
): void {
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height)
  const seen = chosen(detections, choice)
  if (choice.boxes) for (const detection of seen) strokeBox(ctx, detection, unit)
  if (!choice.labels) return
  ctx.font = `600 ${11 * unit}px "Inter Variable", system-ui, sans-serif`
  ctx.textBaseline = 'middle'
  for (const detection of seen) writeCaption(ctx, detection, unit)
}
