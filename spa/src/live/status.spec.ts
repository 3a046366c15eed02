import { expect, test } from 'vitest'
import { FORBIDDEN, SIGN_IN, UNKNOWN } from '@/live/link'
import { statusOf, type Facts } from '@/live/status'
import { stream } from '@/testing/samples'

const NOW = new Date(2026, 4, 3, 14, 30).getTime()
const WELL: Facts = { stream: stream(), link: { phase: 'open' }, silentMs: 60, nowMs: NOW, aheadMs: 0 }

test('a stream whose results come is live and uncovered', () => {
  expect(statusOf(WELL)).toEqual({ tone: 'good', title: 'live', detail: '', covered: false })
})

test('an offline stream says since when, in the browser’s own time, and why', () => {
  const since = (NOW + 7000 - 27 * 60_000) * 1000
  const said = statusOf({ ...WELL, stream: stream({ state: 'offline', since, error: 'no route to host' }), aheadMs: 7000 })
  expect(said).toMatchObject({ tone: 'bad', title: 'offline since 14:03', detail: 'no route to host' })
})

test.each([
  ['paused', 'off', 'paused'],
  ['ended', 'off', 'ended'],
  ['connecting', 'busy', 'connecting'],
  ['no_workers', 'warn', 'no workers'],
])('a stream that is %s says so', (state, tone, title) => {
  expect(statusOf({ ...WELL, stream: stream({ state }) })).toMatchObject({ tone, title, covered: true })
})

test('a lost connection says when it is tried again', () => {
  const said = statusOf({ ...WELL, link: { phase: 'waiting', retryAt: NOW + 2400 } })
  expect(said).toMatchObject({ title: 'reconnecting', detail: 'Connection lost; next try in 3 s.' })
})

test('a try that takes long is still a reconnection, not a stream that went stale', () => {
  const said = statusOf({ ...WELL, link: { phase: 'connecting' }, silentMs: 9000 })
  expect(said).toMatchObject({ title: 'reconnecting', covered: true })
})

test.each([[SIGN_IN, 'signed out'], [FORBIDDEN, 'not yours to see'], [UNKNOWN, 'gone'], [1008, 'refused']])(
  'the refusal %i is explained', (code, title) => {
    expect(statusOf({ ...WELL, link: { phase: 'refused', code } }).title).toBe(title)
  })

test('a live stream without results for three seconds is stale and covered', () => {
  expect(statusOf({ ...WELL, silentMs: 3000 }).title).toBe('live')
  expect(statusOf({ ...WELL, silentMs: 4100 })).toMatchObject({ title: 'stale', detail: 'The last result came 4 s ago.', covered: true })
})

test('a stream of one picture in four seconds is live for ten', () => {
  const slow = { ...WELL, stream: stream({ fps: 0.25 }) }
  expect(statusOf({ ...slow, silentMs: 9000 }).title).toBe('live')
  expect(statusOf({ ...slow, silentMs: 11_000 }).title).toBe('stale')
})

test('what is heard here counts, not what the gateway last thought', () => {
  expect(statusOf({ ...WELL, stream: stream({ state: 'stale' }) }).title).toBe('live')
})

test('before the first result it says what it waits for', () => {
  expect(statusOf({ ...WELL, silentMs: null }).detail).toBe('Waiting for the first result.')
  expect(statusOf({ ...WELL, silentMs: null, link: { phase: 'connecting' } }).detail).toBe('Connecting to the gateway.')
})

test('a stream that left the list is gone', () => {
  expect(statusOf({ ...WELL, stream: null }).title).toBe('gone')
})
