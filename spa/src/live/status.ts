import type { Stream } from '@/api'
import { FORBIDDEN, SIGN_IN, UNKNOWN, type LinkState } from '@/live/link'

/** How a state is coloured: the word always stands beside the colour. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off'

/** A state in words: `title` for the tile's corner, `detail` for a sentence in its middle. */
export interface Status {
  tone: Tone
  title: string
  detail: string
  /** The picture on screen is not of now. */
  covered: boolean
}

/** What is known about a tile at one moment. */
export interface Facts {
  /** Null when the list no longer has the stream. */
  stream: Pick<Stream, 'state' | 'since' | 'error' | 'task' | 'fps'> | null
  link: LinkState
  /** Milliseconds since the last result; null before the first. */
  silentMs: number | null
  /** The browser's clock and how far Redis' is ahead of it. */
  nowMs: number
  aheadMs: number
}

/** Silence of this long is stale; for a slow stream, of two and a half of its pictures. */
const STALE_MS = 3000

/** A connection that is back so soon was never gone, for people. */
const UNNOTICED_MS = 1500

function patienceMs(fps: number): number {
  return fps > 0 ? Math.max(STALE_MS, 2500 / fps) : STALE_MS
}

/** `14:03` today, `3 May, 14:03` on other days. */
export function clockTime(atMs: number, nowMs: number, seconds = false): string {
  const at = new Date(atMs)
  const parts: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
  const time = at.toLocaleTimeString(undefined, seconds ? { ...parts, second: '2-digit' } : parts)
  if (at.toDateString() === new Date(nowMs).toDateString()) return time
  return `${at.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })}, ${time}`
}

function status(tone: Tone, title: string, detail = '', covered = true): Status {
  return { tone, title, detail, covered }
}

/** States that the source or the pool has, whatever the connection does; those with a time say it. */
const SAID: Record<string, { tone: Tone; title: string; usual: (task: string) => string; timed: boolean }> = {
  offline: { tone: 'bad', title: 'offline', usual: () => 'The source does not answer; it is asked again and again.', timed: true },
  paused: { tone: 'off', title: 'paused', usual: () => 'Somebody paused this stream.', timed: true },
  ended: { tone: 'off', title: 'ended', usual: () => 'The source has come to its end.', timed: true },
  connecting: { tone: 'busy', title: 'connecting', usual: () => 'Waiting for the first picture of the source.', timed: false },
  no_workers: { tone: 'warn', title: 'no workers', usual: (task) => `No worker serves “${task}” right now.`, timed: false },
}

function ofSource({ stream, nowMs, aheadMs }: Facts): Status | null {
  if (!stream) return status('off', 'gone', 'This stream is no longer there.')
  const said = SAID[stream.state]
  if (!said) return null
  const timed = said.timed && stream.since > 0
  const since = timed ? ` since ${clockTime(stream.since / 1000 - aheadMs, nowMs)}` : ''
  return status(said.tone, said.title + since, stream.error || said.usual(stream.task))
}

function ofRefusal(code: number): Status {
  if (code === SIGN_IN) return status('warn', 'signed out', 'Please sign in again.')
  if (code === FORBIDDEN) return status('warn', 'not yours to see', 'Your account may not watch this stream.')
  if (code === UNKNOWN) return status('off', 'gone', 'This stream is no longer there.')
  return status('bad', 'refused', `The gateway refused the connection (${code}).`)
}

function ofLink({ link, nowMs, silentMs }: Facts): Status | null {
  if (link.phase === 'refused') return ofRefusal(link.code)
  if (link.phase === 'connecting' && silentMs !== null && silentMs > UNNOTICED_MS) return status('busy', 'reconnecting', 'Connection lost; trying again.')
  if (link.phase !== 'waiting') return null
  const seconds = Math.max(1, Math.ceil((link.retryAt - nowMs) / 1000))
  return status('busy', 'reconnecting', `Connection lost; next try in ${seconds} s.`)
}

/** What a tile says about itself. */
export function statusOf(facts: Facts): Status {
  const said = ofSource(facts) ?? ofLink(facts)
  if (said) return said
  const { silentMs, link, stream } = facts
  if (silentMs === null) {
    const words = link.phase === 'open' ? 'Waiting for the first result.' : 'Connecting to the gateway.'
    return status('busy', 'connecting', words)
  }
  // What is heard here counts, not what the gateway last thought of it.
  if (silentMs > patienceMs(stream?.fps ?? 0)) {
    return status('warn', 'stale', `The last result came ${Math.round(silentMs / 1000)} s ago.`)
  }
  return status('good', 'live', '', false)
}
