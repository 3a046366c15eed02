import type { Scaling, ScalingStep, ScalingSeries } from '@/api'

/** Length of the scaling history: 15 minutes. */
export const HISTORY_SECONDS = 900

/** The columns of a series, each with one value per entry of `times`. */
export const COLUMNS = [
  'offered_fps', 'inferred_fps', 'dropped_fps', 'scale_ratio', 'workers', 'utilisation', 'queue_depth',
] as const
export type Column = (typeof COLUMNS)[number]

/** The newest time in the history, from which the next request starts; 0 before the first response. */
export function newestTime(history: Scaling | null): number {
  return Math.max(0, ...(history?.tasks ?? []).map((series) => series.times.at(-1) ?? 0))
}

function joinSeries(before: ScalingSeries | undefined, next: ScalingSeries, oldest: number): ScalingSeries {
  const first = next.times[0] ?? Infinity
  const kept = (before?.times ?? []).map((time, i) => ({ time, i })).filter(({ time }) => time >= oldest && time < first)
  const column = (name: Column): (number | null)[] =>
    [...kept.map(({ i }) => before?.[name][i] ?? null), ...next[name]]
  return {
    ...next,
    times: [...kept.map(({ time }) => time), ...next.times],
    offered_fps: column('offered_fps'),
    inferred_fps: column('inferred_fps'),
    dropped_fps: column('dropped_fps'),
    scale_ratio: column('scale_ratio'),
    workers: column('workers'),
    utilisation: column('utilisation'),
    queue_depth: column('queue_depth'),
  }
}

/** The history with a new response appended, limited to 15 minutes. */
export function mergeScaling(before: Scaling | null, next: Scaling): Scaling {
  const oldest = next.now - HISTORY_SECONDS * 1e6
  const eventId = (event: ScalingStep): string => `${event.time} ${event.task}`
  const events = new Map([...(before?.events ?? []), ...next.events].map((event) => [eventId(event), event]))
  return {
    now: next.now,
    tasks: next.tasks.map((series) => joinSeries(before?.tasks.find(({ task }) => task === series.task), series, oldest)),
    events: [...events.values()].filter(({ time }) => time >= oldest).sort((a, b) => a.time - b.time),
  }
}
