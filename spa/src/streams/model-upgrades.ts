import type { Stream } from '@/wire'

/** A task for which a better model can be downloaded. */
export interface ModelUpgrade {
  task: string
  /** The model in use. */
  model: string
  /** The better model without its precision; `a + b` for a detector with an embedder. */
  better: string
  /** Identifies this upgrade, so that it can be dismissed. */
  key: string
}

const withoutPrecision = (names: string): string =>
  names.split('+').map((name) => name.split('/')[0] ?? '').join(' + ')

/** The tasks that use a bundled model although a better one can be downloaded, one entry per task. */
export function modelUpgrades(streams: readonly Stream[]): ModelUpgrade[] {
  const found = new Map<string, ModelUpgrade>()
  for (const { task, model, better } of streams) {
    if (better) found.set(task, { task, model, better: withoutPrecision(better), key: `${task} ${better}` })
  }
  return [...found.values()].sort((a, b) => a.task.localeCompare(b.task))
}
