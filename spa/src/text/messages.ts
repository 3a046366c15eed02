/** Sentences that several places of the dashboard show: each fact is worded once. */
import { formatCount, formatModel, formatNumber, formatRate, noun, plural } from '@/text/format'

export const LOADING = 'Loading…'
export const BACK_TO_WALL = 'Back to the wall'
export const SIGN_IN_AGAIN = 'Your session has ended. Sign in again.'
export const GATEWAY_SILENT = 'The gateway is not responding.'
export const GATEWAY_TIMEOUT = 'The gateway did not respond in time.'
export const STREAM_NOT_FOUND = 'Stream not found'
export const STREAM_REMOVED = 'This stream has been removed.'
export const NO_TASK = 'No task is available yet. Start a worker first.'
/** Shown in place of the model while no worker serves a task. */
export const NO_WORKER = 'no worker'
/** Name of the autoscaling figure: offered work, measured in fully busy workers. */
export const WORK_OFFERED = 'work offered (workers)'

export function noWorkerFor(task: string): string {
  return `No worker serves the task “${task}”.`
}

/** The rate at which this page shows a stream, and why when the page requests fewer frames than there are. */
export function shownRate(metrics: { fps: number; reduced: boolean } | null): string {
  return `${formatRate(metrics?.fps)} fps${metrics?.reduced ? ' (reduced: this computer or its network is slow)' : ''}`
}

export function tooManyAttempts(seconds: number | null): string {
  return `Too many attempts. Try again in ${seconds === null ? 'a moment' : plural(seconds, 'second')}.`
}

/** `12 detections by yolox-nano FP32 in 11.8 ms`, without the count. */
export function inferenceSummary(result: { model: string; precision: string; detections: readonly unknown[]; timings: { infer_ms: number } }): string {
  const model = formatModel({ ...result, device: '' }, ' ')
  return `${noun(result.detections.length, 'detection')} by ${model} in ${formatNumber(result.timings.infer_ms, 1)} ms`
}

/** `(limit 6)`; empty when no autoscaler reports a limit. */
export function workerLimit(maxWorkers: number): string {
  return maxWorkers > 0 ? `(limit ${formatCount(maxWorkers)})` : ''
}
