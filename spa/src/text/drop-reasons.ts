import type { DropReason } from '@/wire'

/** Why the queue or a worker dropped a frame. */
const DROPPED: Record<DropReason, string> = {
  overflow: 'queue full; this stream held the most places',
  newest: 'queue full; the queue rejects new frames',
  stale: 'too old when a worker took it',
  malformed: 'invalid message',
  wrong_task: 'message for another task',
  too_large: 'exceeds the limit for bytes or pixels',
  undecodable: 'invalid or truncated image',
  failed: 'the model failed',
  removed: 'removed from the queue by another client',
}

/** Why the source dropped a frame before it reached the queue. */
const DROPPED_AT_SOURCE: Record<string, string> = {
  rate: 'above the configured frame rate',
  damaged: 'damaged frame from the camera or file',
  behind: 'replaced by a newer frame before it was sent',
  full: 'replaced by a newer frame while the queue was full',
  unreachable: 'replaced by a newer frame while the queue was unreachable',
  too_large: 'exceeds the queue’s limit for bytes',
  conflict: 'another active source uses the same name',
  stopped: 'discarded when the stream stopped',
}

/** Why the queue or a worker dropped a frame; empty for an unknown reason, such as one of a newer gateway. */
export function dropText(reason: string): string {
  return (DROPPED as Record<string, string>)[reason] ?? ''
}

/** Why the source dropped a frame; empty for an unknown reason. */
export function sourceDropText(reason: string): string {
  return DROPPED_AT_SOURCE[reason] ?? ''
}

/** Reasons with a count above zero, the most frequent first. */
export function byFrequency(drops: Record<string, number>): [string, number][] {
  return Object.entries(drops).filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
}
