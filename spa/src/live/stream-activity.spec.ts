import { expect, test } from 'vitest'
import { ServerClock } from '@/live/server-clock'
import { StreamActivity } from '@/live/stream-activity'
import { result } from '@/testing/samples'

function makeActivity(): StreamActivity {
  const clock = new ServerClock()
  clock.addSample(0, 0)
  return new StreamActivity(clock)
}

test('while frames arrive, the age is their median', () => {
  const activity = makeActivity()
  for (const [captured, shown] of [[1000, 1080], [1100, 1190], [1200, 1270]] as const) {
    activity.shown(result({ captured_at: captured * 1000 }), shown)
  }
  expect(activity.ageMs(result({ captured_at: 1_200_000 }), 1300)).toBe(80)
})

test('the lag grows while a frame waits and ends when it is shown or undecodable', () => {
  const activity = makeActivity()
  activity.received(result(), 1000)
  activity.received(result(), 2000)
  expect(activity.lagMs(4000)).toBe(3000)
  activity.undecodable()
  expect(activity.lagMs(4000)).toBe(0)
  activity.received(result(), 4000)
  activity.shown(result({ inferred_at: 3_900_000 }), 4050)
  expect(activity.lagMs(4100)).toBe(150)
})

test('the received rate covers two seconds', () => {
  const activity = makeActivity()
  for (let at = 0; at < 10_000; at += 100) activity.received(result(), at)
  expect(activity.receivedFps(9900)).toBe(10)
  expect(activity.receivedFps(13_000)).toBe(0)
})

test('when frames stop, the age grows', () => {
  const activity = makeActivity()
  const last = result({ captured_at: 1_000_000 })
  activity.shown(last, 1080)
  expect(activity.ageMs(last, 5000)).toBe(4000)
})

test('without a frame or a known clock there is no age', () => {
  expect(makeActivity().ageMs(null, 10)).toBeNaN()
  const withoutClock = new StreamActivity(new ServerClock())
  withoutClock.shown(result(), 10)
  expect(withoutClock.ageMs(result(), 20)).toBeNaN()
})

test('the last results are kept without their JPEGs', () => {
  const activity = makeActivity()
  for (let sequence = 0; sequence < 200; sequence++) activity.received(result({ sequence }), sequence)
  expect(activity.recent).toHaveLength(150)
  expect(activity.recent.at(-1)).not.toHaveProperty('jpeg')
  expect(activity.silentMs(250)).toBe(51)
})
