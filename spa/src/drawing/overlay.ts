import { hueOfClass, hueOfTrack, videoColour } from '@/drawing/colour'
import type { Detection } from '@/wire'

/** Which parts of the detections are drawn. Changes take effect in the page only. */
export interface OverlayOptions {
  boxes: boolean
  labels: boolean
  /** Detections below this score are not drawn, 0..1. */
  minScore: number
}

/** Colour of the dark lines below the coloured ones, which keep boxes visible on bright frames. */
const OUTLINE = 'rgb(0 0 0 / 0.55)'
const TEXT_COLOUR = '#0b0f14'

/** The detections with at least the minimum score. */
export function visibleDetections(detections: readonly Detection[], options: OverlayOptions): Detection[] {
  return detections.filter((detection) => detection.score >= options.minScore)
}

/** `person 87` or `person #12 87`: class, track id if there is one, and score in percent. */
export function caption(detection: Detection): string {
  const track = detection.track_id == null ? '' : ` #${detection.track_id}`
  return `${detection.label}${track} ${Math.round(detection.score * 100)}`
}

function colourOf(detection: Detection): string {
  const { track_id: id, label } = detection
  return videoColour(id == null ? hueOfClass(label) : hueOfTrack(id))
}

function strokeBox(ctx: CanvasRenderingContext2D, detection: Detection, unit: number): void {
  const { width, height } = ctx.canvas
  const [x1, y1, x2, y2] = detection.box
  ctx.beginPath()
  ctx.rect(x1 * width, y1 * height, (x2 - x1) * width, (y2 - y1) * height)
  ctx.lineWidth = 3.5 * unit
  ctx.strokeStyle = OUTLINE
  ctx.stroke()
  ctx.lineWidth = 1.75 * unit
  ctx.strokeStyle = colourOf(detection)
  ctx.stroke()
}

function writeCaption(ctx: CanvasRenderingContext2D, detection: Detection, unit: number): void {
  const { width, height } = ctx.canvas
  const [x1, y1] = detection.box
  const text = caption(detection)
  const boxHeight = 15 * unit
  const boxWidth = ctx.measureText(text).width + 8 * unit
  const left = Math.max(0, Math.min(x1 * width - unit, width - boxWidth))
  const above = y1 * height - boxHeight
  const top = Math.min(above >= 0 ? above : Math.max(0, y1 * height), height - boxHeight)
  ctx.fillStyle = colourOf(detection)
  ctx.fillRect(left, top, boxWidth, boxHeight)
  ctx.fillStyle = TEXT_COLOUR
  ctx.fillText(text, left + 4 * unit, top + boxHeight / 2 + 0.5 * unit)
}

/**
 * Draws detections on the whole canvas, which has the aspect ratio of the frame.
 *
 * @param unit canvas pixels per CSS pixel, so that lines and text have the same size on every screen
 */
export function drawOverlay(
  ctx: CanvasRenderingContext2D,
  detections: readonly Detection[],
  options: OverlayOptions,
  unit: number,
): void {
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height)
  const visible = visibleDetections(detections, options)
  if (options.boxes) for (const detection of visible) strokeBox(ctx, detection, unit)
  if (!options.labels) return
  ctx.font = `600 ${11 * unit}px "Inter Variable", system-ui, sans-serif`
  ctx.textBaseline = 'middle'
  for (const detection of visible) writeCaption(ctx, detection, unit)
}
