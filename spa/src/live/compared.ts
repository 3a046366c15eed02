import type { Detection, Result } from '@/wire'

/** Two boxes that overlap so much are the same thing. */
const SAME = 0.5

/** Intersection over union of two boxes. */
export function overlap(a: Detection['box'], b: Detection['box']): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const area = (box: Detection['box']): number => (box[2] - box[0]) * (box[3] - box[1])
  return (width * height) / (area(a) + area(b) - width * height)
}

/** How many detections of `a` have a partner in `b`, each partner once, best scores first. */
export function matched(a: readonly Detection[], b: readonly Detection[]): number {
  const free = [...b]
  return a.filter(({ box, label }) => {
    const partner = free.findIndex((other) => other.label === label && overlap(box, other.box) >= SAME)
    if (partner >= 0) free.splice(partner, 1)
    return partner >= 0
  }).length
}

/** What is remembered of a result to compare it with another model's of the same frame. */
export type Seen = Pick<Result, 'epoch' | 'sequence' | 'precision' | 'task' | 'detections'>

/** How two models agree on the frames that both have seen; null when there are none yet. */
export interface Agreement {
  frames: number
  both: number
  onlyFirst: number
  onlySecond: number
  /** Share of all things found that both found, 0..1; 1 when neither found anything. */
  share: number
}

/** Compares what two models found in the same frames, at and above a score. */
export function agreement(first: readonly Seen[], second: readonly Seen[], minScore: number): Agreement | null {
  const name = ({ epoch, sequence }: Seen): string => `${epoch} ${sequence}`
  const others = new Map(second.map((seen) => [name(seen), seen]))
  const found = (seen: Seen): Detection[] => seen.detections.filter(({ score }) => score >= minScore)
  const sum = { frames: 0, both: 0, onlyFirst: 0, onlySecond: 0 }
  for (const seen of first) {
    const other = others.get(name(seen))
    if (!other) continue
    const [left, right] = [found(seen), found(other)]
    const both = matched(left, right)
    sum.frames++
    sum.both += both
    sum.onlyFirst += left.length - both
    sum.onlySecond += right.length - both
  }
  if (sum.frames === 0) return null
  const all = sum.both + sum.onlyFirst + sum.onlySecond
  return { ...sum, share: all === 0 ? 1 : sum.both / all }
}
