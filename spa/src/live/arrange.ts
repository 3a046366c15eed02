import type { Stream } from '@/api'

/** What somebody wants to see on the wall, and in which order. */
export interface Arrangement {
  /** Words that the name, the task or the model must have, whatever their case. */
  words: string
  /** Tasks to show; empty for all. */
  tasks: readonly string[]
  order: 'name' | 'task' | 'state' | 'age'
  pinned: readonly string[]
}

/** What asks for attention comes first. */
const URGENCY: Record<string, number> = {
  offline: 0, no_workers: 1, stale: 2, connecting: 3, live: 4, paused: 5, ended: 6,
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

function matches(stream: Stream, { words, tasks }: Arrangement): boolean {
  if (tasks.length > 0 && !tasks.includes(stream.task)) return false
  const text = `${stream.name} ${stream.task} ${stream.model} ${stream.precision}`.toLowerCase()
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

function compare(a: Stream, b: Stream, order: Arrangement['order']): number {
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

/** The streams to show: pinned ones first, then by the order, then by name and task. */
export function arrange<T extends { stream: Stream }>(listed: readonly T[], wanted: Arrangement): T[] {
  const pinned = new Set(wanted.pinned)
  return listed
    .filter(({ stream }) => matches(stream, wanted))
    .sort(({ stream: a }, { stream: b }) =>
      Number(pinned.has(b.id)) - Number(pinned.has(a.id)) ||
      compare(a, b, wanted.order) ||
      collator.compare(a.name, b.name) ||
      collator.compare(a.task, b.task))
}
