import { expect, test } from 'vitest'
import { CLOSE_FORBIDDEN, CLOSE_NOT_FOUND, CLOSE_SIGN_IN } from '@/live/stream-link'
import { stream } from '@/testing/samples'
import { describeStatus, type StatusInput } from '@/text/status'

const NOW = new Date(2026, 4, 3, 14, 30).getTime()
const LIVE: StatusInput = { stream: stream(), link: { phase: 'open' }, silentMs: 60, nowMs: NOW, aheadMs: 0 }

test('a stream that delivers results is live and not covered', () => {
  expect(describeStatus(LIVE)).toEqual({ tone: 'good', title: 'live', detail: '', covered: false })
})

test('an offline stream shows since when, in the browser’s time, and why', () => {
  const since = (NOW + 7000 - 27 * 60_000) * 1000
  const shown = describeStatus({ ...LIVE, stream: stream({ state: 'offline', since, error: 'no route to host' }), aheadMs: 7000 })
  expect(shown).toMatchObject({ tone: 'bad', title: 'offline since 14:03', detail: 'no route to host.' })
})

test.each([
  ['paused', 'off', 'paused'],
  ['ended', 'off', 'ended'],
  ['connecting', 'busy', 'connecting'],
  ['no_workers', 'warn', 'no worker'],
])('a stream in the state %s has the tone %s and the title %s', (state, tone, title) => {
  expect(describeStatus({ ...LIVE, stream: stream({ state }) })).toMatchObject({ tone, title, covered: true })
})

test('a lost connection shows when it is retried', () => {
  const shown = describeStatus({ ...LIVE, link: { phase: 'waiting', retryAt: NOW + 2400 } })
  expect(shown).toMatchObject({ title: 'reconnecting', detail: 'Connection lost. Retrying in 3 seconds.' })
})

test('a long connection attempt is shown as reconnecting, not as stale', () => {
  const shown = describeStatus({ ...LIVE, link: { phase: 'connecting' }, silentMs: 9000 })
  expect(shown).toMatchObject({ title: 'reconnecting', covered: true })
})

test.each([[CLOSE_SIGN_IN, 'signed out'], [CLOSE_FORBIDDEN, 'no access'], [CLOSE_NOT_FOUND, 'removed'], [1008, 'refused']])(
  'a refusal with code %i is shown as %s', (code, title) => {
    expect(describeStatus({ ...LIVE, link: { phase: 'refused', code } }).title).toBe(title)
  })

test('a stream without results for more than three seconds is stale and covered', () => {
  expect(describeStatus({ ...LIVE, silentMs: 3000 }).title).toBe('live')
  expect(describeStatus({ ...LIVE, silentMs: 4100 })).toMatchObject({ title: 'stale', detail: 'Last result 4 seconds ago.', covered: true })
})

test('a stream with one frame in four seconds is stale after ten seconds', () => {
  const slow = { ...LIVE, stream: stream({ fps: 0.25 }) }
  expect(describeStatus({ ...slow, silentMs: 9000 }).title).toBe('live')
  expect(describeStatus({ ...slow, silentMs: 11_000 }).title).toBe('stale')
})

test('results that arrive here override the gateway’s state "stale"', () => {
  expect(describeStatus({ ...LIVE, stream: stream({ state: 'stale' }) }).title).toBe('live')
})

test('before the first result the status shows what the page waits for', () => {
  expect(describeStatus({ ...LIVE, silentMs: null }).detail).toBe('Waiting for the first result.')
  expect(describeStatus({ ...LIVE, silentMs: null, link: { phase: 'connecting' } }).detail).toBe('Connecting to the gateway…')
})

test('a stream that left the list is shown as removed', () => {
  expect(describeStatus({ ...LIVE, stream: null }).title).toBe('removed')
})
