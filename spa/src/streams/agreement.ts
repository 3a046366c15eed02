import type { Detection, Result } from '@/wire'

/** Boxes with at least this intersection over union are the same object. */
const MIN_OVERLAP = 0.5

/** Intersection over union of two boxes. */
export function overlap(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const area = (box: Detection['box']): number => (box[2] - box[0]) * (box[3] - box[1])
  return (width * height) / (area(a) + area(b) - width * height)
}

/** Number of detections in `a` that match one in `b`. Each is matched once, in the order of `a`. */
export function countMatches(a: readonly Detection[], b: readonly Detection[]): number {
  const unmatched = [...b]
  return a.filter(({ box, label }) => {
    const match = unmatched.findIndex((other) => other.label === label && overlap(box, other.box) >= MIN_OVERLAP)
    if (match >= 0) unmatched.splice(match, 1)
    return match >= 0
  }).length
}

/** The parts of a result that are kept to compare it with another model's result of the same frame. */
export type FrameDetections = Pick<Result, 'epoch' | 'sequence' | 'precision' | 'task' | 'detections'>

/** How far two models agree on the frames that both processed. */
export interface Agreement {
  frames: number
  both: number
  onlyFirst: number
  onlySecond: number
  /** Share of all detected objects that both detected, 0..1; 1 when neither detected any. */
  share: number
}

/** Compares the detections of two models with at least `minScore`; null without common frames. */
export function agreement(first: readonly FrameDetections[], second: readonly FrameDetections[], minScore: number): Agreement | null {
  const frameId = ({ epoch, sequence }: FrameDetections): string => `${epoch} ${sequence}`
  const others = new Map(second.map((frame) => [frameId(frame), frame]))
  const strong = (frame: FrameDetections): Detection[] => frame.detections.filter(({ score }) => score >= minScore)
  const total = { frames: 0, both: 0, onlyFirst: 0, onlySecond: 0 }
  for (const frame of first) {
    const other = others.get(frameId(frame))
    if (!other) continue
    const [left, right] = [strong(frame), strong(other)]
    const both = countMatches(left, right)
    total.frames++
    total.both += both
    total.onlyFirst += left.length - both
    total.onlySecond += right.length - both
  }
  if (total.frames === 0) return null
  const all = total.both + total.onlyFirst + total.onlySecond
  return { ...total, share: all === 0 ? 1 : total.both / all }
}
