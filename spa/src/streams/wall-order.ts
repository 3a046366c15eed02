import type { Stream } from '@/api'

/** Filter and order of the wall. */
export interface WallOrder {
  /** Words that the name, task, model or precision must contain, ignoring case. */
  filter: string
  /** Tasks to show; empty for all. */
  tasks: readonly string[]
  order: 'name' | 'task' | 'state' | 'age'
  pinned: readonly string[]
}

/** Sort order by state: streams with problems come first. */
const URGENCY: Record<string, number> = {
  offline: 0, no_workers: 1, stale: 2, connecting: 3, live: 4, paused: 5, ended: 6,
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function matches(stream: Stream, { filter, tasks }: WallOrder): boolean {
  if (tasks.length > 0 && !tasks.includes(stream.task)) return false
  const text = `${stream.name} ${stream.task} ${stream.model} ${stream.precision}`.toLowerCase()
  return filter.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

function compare(a: Stream, b: Stream, order: WallOrder['order']): number {
  switch (order) {
    case 'task':
      return collator.compare(a.task, b.task)
    case 'state':
      return (URGENCY[a.state] ?? 9) - (URGENCY[b.state] ?? 9)
    case 'age':
      return (b.age_p95_ms ?? -1) - (a.age_p95_ms ?? -1)
    default:
      return 0
  }
}

/** The streams to show: pinned ones first, then by `order`, then by name and task. */
export function orderStreams<T extends { stream: Stream }>(listed: readonly T[], wall: WallOrder): T[] {
  const pinned = new Set(wall.pinned)
  return listed
    .filter(({ stream }) => matches(stream, wall))
    .sort(({ stream: a }, { stream: b }) =>
      Number(pinned.has(b.id)) - Number(pinned.has(a.id)) ||
      compare(a, b, wall.order) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.task, b.task))
}
