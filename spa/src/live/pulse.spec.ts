import { expect, test } from 'vitest'
import { ServerClock } from '@/live/clock'
import { Pulse } from '@/live/pulse'
import { result } from '@/testing/samples'

function pulse(): Pulse {
  const clock = new ServerClock()
  clock.learn(0, 0)
  return new Pulse(clock)
}

test('the age is typical while pictures come', () => {
  const one = pulse()
  for (const [captured, shown] of [[1000, 1080], [1100, 1190], [1200, 1270]] as const) {
    one.shown(result({ captured_at: captured * 1000 }), shown)
  }
  expect(one.ageMs(result({ captured_at: 1_200_000 }), 1300)).toBe(80)
})

test('a result that waits to be shown lags, until it is shown or is no picture', () => {
  const one = pulse()
  one.heard(result(), 1000)
  one.heard(result(), 2000)
  expect(one.lagMs(4000)).toBe(3000)
  one.broken()
  expect(one.lagMs(4000)).toBe(0)
  one.heard(result(), 4000)
  one.shown(result({ inferred_at: 3_900_000 }), 4050)
  expect(one.lagMs(4100)).toBe(150)
})

test('results are counted over two seconds', () => {
  const one = pulse()
  for (let at = 0; at < 10_000; at += 100) one.heard(result(), at)
  expect(one.rate(9900)).toBe(10)
  expect(one.rate(13_000)).toBe(0)
})

test('the age grows when pictures stop', () => {
  const one = pulse()
  const last = result({ captured_at: 1_000_000 })
  one.shown(last, 1080)
  expect(one.ageMs(last, 5000)).toBe(4000)
})

test('there is no age without a picture, or before the clock is known', () => {
  expect(pulse().ageMs(null, 10)).toBeNaN()
  const lost = new Pulse(new ServerClock())
  lost.shown(result(), 10)
  expect(lost.ageMs(result(), 20)).toBeNaN()
})

test('results are remembered without their pictures, and only the last ones', () => {
  const one = pulse()
  for (let sequence = 0; sequence < 200; sequence++) one.heard(result({ sequence }), sequence)
  expect(one.recent).toHaveLength(150)
  expect(one.recent.at(-1)).not.toHaveProperty('jpeg')
  expect(one.silentMs(250)).toBe(51)
})
