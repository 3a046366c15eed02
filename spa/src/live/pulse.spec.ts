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
