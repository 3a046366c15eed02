import { expect, test } from 'vitest'
import { ServerClock } from '@/live/clock'

test('an answer is taken to be written half way through its round trip', () => {
  const clock = new ServerClock()
  clock.learn(5_000_000, 1000, 1200)
  expect(clock.at(1100)).toBe(5000)
})

test('the quickest of the last answers is believed', () => {
  const clock = new ServerClock()
  clock.learn(10_000_000, 0, 4000)
  clock.learn(5_000_000, 1000, 1010)
  clock.learn(20_000_000, 2000, 9000)
  expect(clock.at(1005)).toBe(5000)
})

test('a quick answer of long ago is forgotten, for clocks drift', () => {
  const clock = new ServerClock()
  clock.learn(0, 0, 0)
  for (let i = 0; i < 8; i++) clock.learn(9_000_000, 0, 10)
  expect(clock.at(5)).toBe(9000)
})

test('the age of a frame does not depend on the clock of the browser', () => {
  const clock = new ServerClock()
  clock.learn(1_000_000_000_000, 50_000, 50_000)
  expect(clock.sinceMs(1_000_000_000_000 - 80_000, 50_000)).toBe(80)
})

test('before the first answer nothing is known', () => {
  expect(new ServerClock().known).toBe(false)
})
