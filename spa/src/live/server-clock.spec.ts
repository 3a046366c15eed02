import { expect, test } from 'vitest'
import { ServerClock } from '@/live/server-clock'

test('a message that is read late does not set the clock back', () => {
  const clock = new ServerClock()
  clock.addSample(5_000_000, 1000)
  clock.addSample(5_000_000, 1900)
  expect(clock.at(2000)).toBe(6000)
})

test('half of the shortest round trip is added as the travel time', () => {
  const clock = new ServerClock()
  clock.addSample(5_000_000, 1000)
  for (const trip of [400, 20, 90]) clock.addRoundTrip(trip)
  expect(clock.at(1000)).toBe(5010)
})

test('the age of a frame does not depend on the browser’s clock', () => {
  const clock = new ServerClock()
  clock.addSample(1_000_000_000_000, 50_000)
  expect(clock.sinceMs(1_000_000_000_000 - 80_000, 50_000)).toBe(80)
})

test('after the clock was set, the estimate is correct within a minute', () => {
  const clock = new ServerClock()
  for (let at = 0; at < 100_000; at += 1000) clock.addSample((at + 9000) * 1000, at)
  expect(clock.aheadMs).toBe(9000)
  for (let at = 100_000; at < 170_000; at += 1000) clock.addSample((at - 4000) * 1000, at)
  expect(clock.aheadMs).toBe(-4000)
})

test('before the first sample the clock is not known', () => {
  expect(new ServerClock().isKnown).toBe(false)
  expect(new ServerClock().aheadMs).toBe(0)
})
