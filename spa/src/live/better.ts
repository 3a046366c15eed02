import type { Stream } from '@/wire'

/** A task that a download would improve. */
export interface Improvable {
  task: string
  /** What serves it now. */
  model: string
  /** What would, without its precision; two, joined by +, for a detector with an embedder. */
  better: string
  /** The same as long as nothing changes. */
  key: string
}

const withoutPrecision = (names: string): string =>
  names.split('+').map((name) => name.split('/')[0] ?? '').join(' + ')

/** Every task that runs with what ships with the project although something better can be downloaded. */
export function improvable(streams: readonly Stream[]): Improvable[] {
  const found = new Map<string, Improvable>()
  for (const { task, model, better } of streams) {
    if (better) found.set(task, { task, model, better: withoutPrecision(better), key: `${task} ${better}` })
  }
  return [...found.values()].sort((a, b) => a.task.localeCompare(b.task))
}
