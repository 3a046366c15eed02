import type { DropReason } from '@/wire'

/** Why an accepted frame was not inferred, for people. */
export const DROPPED: Record<DropReason, string> = {
  overflow: 'the queue was full, and this stream held most places',
  newest: 'the queue was full, and it refuses newcomers',
  stale: 'too old when its turn came',
  malformed: 'not a message that can be read',
  wrong_task: 'meant for another task',
  too_large: 'more bytes or pixels than allowed',
  undecodable: 'not a picture, or a truncated one',
  failed: 'the model failed on it',
  removed: 'somebody else took it from the queue',
}

/** Why a captured picture never came to the queue, for people. */
const DROPPED_AT_SOURCE: Record<string, string> = {
  rate: 'more pictures per second than are wanted',
  damaged: 'the camera or file gave a damaged picture',
  behind: 'a newer one came before it could be pushed',
  full: 'a newer one came while the queue was full',
  unreachable: 'a newer one came while the queue was not there',
  too_large: 'more bytes than the queue takes',
  conflict: 'another live source uses this name',
  stopped: 'in hand when the stream was stopped',
}

/** Why a frame was dropped by the queue or a worker; nothing for reasons of a newer gateway. */
export function whyDropped(reason: string): string {
  return (DROPPED as Record<string, string>)[reason] ?? ''
}

/** Why a picture was dropped at its source. */
export function whyDroppedAtSource(reason: string): string {
  return DROPPED_AT_SOURCE[reason] ?? ''
}

/** The reasons that occurred, most frequent first. */
export function occurred(drops: Record<string, number>): [string, number][] {
  return Object.entries(drops).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
}
