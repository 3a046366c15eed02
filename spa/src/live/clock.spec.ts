import { expect, test } from 'vitest'
import { ServerClock } from '@/live/clock'

test('what was read late does not turn the clock back', () => {
  const clock = new ServerClock()
  clock.learn(5_000_000, 1000)
  clock.learn(5_000_000, 1900)
  expect(clock.at(2000)).toBe(6000)
})

test('half of the quickest round trip is added for the way', () => {
  const clock = new ServerClock()
  clock.learn(5_000_000, 1000)
  for (const trip of [400, 20, 90]) clock.travelled(trip)
  expect(clock.at(1000)).toBe(5010)
})

test('the age of a frame does not depend on the clock of the browser', () => {
  const clock = new ServerClock()
  clock.learn(1_000_000_000_000, 50_000)
  expect(clock.sinceMs(1_000_000_000_000 - 80_000, 50_000)).toBe(80)
})

test('a clock that was set is believed again after a minute', () => {
  const clock = new ServerClock()
  for (let at = 0; at < 100_000; at += 1000) clock.learn((at + 9000) * 1000, at)
  expect(clock.aheadMs).toBe(9000)
  for (let at = 100_000; at < 170_000; at += 1000) clock.learn((at - 4000) * 1000, at)
  expect(clock.aheadMs).toBe(-4000)
})

test('before anything was heard nothing is known', () => {
  expect(new ServerClock().known).toBe(false)
  expect(new ServerClock().aheadMs).toBe(0)
})
