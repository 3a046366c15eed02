import type { Stream } from '@/api'
import { CLOSE_FORBIDDEN, CLOSE_NOT_FOUND, CLOSE_SIGN_IN, type LinkState } from '@/live/stream-link'
import { asSentence, formatTime, plural } from '@/text/format'
import { NO_WORKER, noWorkerFor, SIGN_IN_AGAIN, STREAM_REMOVED } from '@/text/messages'

/** Colour of a state. The state's name always stands beside the colour. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off'

/** State of a stream: `title` for the tile's header, `detail` for the sentence over the picture. */
export interface Status {
  tone: Tone
  title: string
  detail: string
  /** The picture on screen is out of date. */
  covered: boolean
}

/** What is known about a stream at one moment. */
export interface StatusInput {
  /** Null when the stream is not in the list any more. */
  stream: Pick<Stream, 'state' | 'since' | 'error' | 'task' | 'fps'> | null
  link: LinkState
  /** Milliseconds since the last result; null before the first. */
  silentMs: number | null
  /** The browser's clock, in milliseconds since 1970. */
  nowMs: number
  /** How far Redis' clock is ahead of the browser's, in milliseconds. */
  aheadMs: number
}

/** A stream is stale after this time without a result, or after 2.5 frame intervals if that is longer. */
const STALE_MS = 3000

/** A reconnection that takes less time than this is not shown. */
const SHORT_RECONNECT_MS = 1500

function staleAfterMs(fps: number): number {
  return fps > 0 ? Math.max(STALE_MS, 2500 / fps) : STALE_MS
}

function status(tone: Tone, title: string, detail = '', covered = true): Status {
  return { tone, title, detail, covered }
}

interface StreamState {
  tone: Tone
  title: string
  /** The detail when the stream reports no error. */
  detail: (task: string) => string
  /** The title includes the time since when the state holds. */
  timed: boolean
}

/** States that the source or the workers determine, independent of this page's connection. */
const STREAM_STATES: Record<string, StreamState> = {
  offline: { tone: 'bad', title: 'offline', detail: () => 'The source is not responding. Reconnecting automatically.', timed: true },
  paused: { tone: 'off', title: 'paused', detail: () => 'This stream is paused.', timed: true },
  ended: { tone: 'off', title: 'ended', detail: () => 'The source has ended.', timed: true },
  connecting: { tone: 'busy', title: 'connecting', detail: () => 'Waiting for the first frame from the source.', timed: false },
  no_workers: { tone: 'warn', title: NO_WORKER, detail: noWorkerFor, timed: false },
}

function streamStatus({ stream, nowMs, aheadMs }: StatusInput): Status | null {
  if (!stream) return status('off', 'removed', STREAM_REMOVED)
  const state = STREAM_STATES[stream.state]
  if (!state) return null
  const timed = state.timed && stream.since > 0
  const since = timed ? ` since ${formatTime(stream.since / 1000 - aheadMs, nowMs)}` : ''
  return status(state.tone, state.title + since, asSentence(stream.error) || state.detail(stream.task))
}

function refusalStatus(code: number): Status {
  if (code === CLOSE_SIGN_IN) return status('warn', 'signed out', SIGN_IN_AGAIN)
  if (code === CLOSE_FORBIDDEN) return status('warn', 'no access', 'Your account does not have access to this stream.')
  if (code === CLOSE_NOT_FOUND) return status('off', 'removed', STREAM_REMOVED)
  return status('bad', 'refused', `The gateway refused the connection (close code ${code}).`)
}

function linkStatus({ link, nowMs, silentMs }: StatusInput): Status | null {
  if (link.phase === 'refused') return refusalStatus(link.code)
  if (link.phase === 'connecting' && silentMs !== null && silentMs > SHORT_RECONNECT_MS) return status('busy', 'reconnecting', 'Connection lost. Reconnecting…')
  if (link.phase !== 'waiting') return null
  const seconds = Math.max(1, Math.ceil((link.retryAt - nowMs) / 1000))
  return status('busy', 'reconnecting', `Connection lost. Retrying in ${plural(seconds, 'second')}.`)
}

/** The state of a stream as its tile and its page show it. */
export function describeStatus(input: StatusInput): Status {
  const problem = streamStatus(input) ?? linkStatus(input)
  if (problem) return problem
  const { silentMs, link, stream } = input
  if (silentMs === null) {
    const detail = link.phase === 'open' ? 'Waiting for the first result.' : 'Connecting to the gateway…'
    return status('busy', 'connecting', detail)
  }
  // The results that this page receives decide, not the gateway's state, which may be older.
  if (silentMs > staleAfterMs(stream?.fps ?? 0)) {
    return status('warn', 'stale', `Last result ${plural(Math.round(silentMs / 1000), 'second')} ago.`)
  }
  return status('good', 'live', '', false)
}
