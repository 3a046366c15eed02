import { expect, test } from 'vitest'
import { FASTEST, Pace, SLOWEST, type Advice } from '@/live/pace'

/** For `seconds`, `fps` results a second are shown `lagMs` late; what was advised, asked twice a second. */
function hear(pace: Pace, from: number, seconds: number, fps: number, lagMs: number): Advice[] {
  return Array.from({ length: seconds * 2 }, (_, i) => pace.note(lagMs, fps, from + i * 500)).filter((advice) => advice !== 'keep')
}

test('while results come promptly, all of them are asked for', () => {
  const pace = new Pace()
  expect(hear(pace, 0, 60, 15, 40)).toEqual([])
  expect(pace.fps).toBe(FASTEST)
})

test('results that are late for two seconds are dropped, and half as many are asked for', () => {
  const pace = new Pace()
  expect(hear(pace, 0, 4, 15, 3000)).toEqual(['drop'])
  expect(pace.fps).toBe(7.5)
})

test('far behind, a quarter is asked for', () => {
  const pace = new Pace()
  expect(hear(pace, 0, 4, 16, 8000)).toEqual(['drop'])
  expect(pace.fps).toBe(4)
})

test('one late result changes nothing', () => {
  const pace = new Pace()
  hear(pace, 0, 5, 15, 40)
  expect(pace.note(4000, 15, 5000)).toBe('keep')
  expect(hear(pace, 5500, 5, 15, 40)).toEqual([])
  expect(pace.fps).toBe(FASTEST)
})

test('what was done is given time before more is done', () => {
  const pace = new Pace()
  expect(hear(pace, 0, 6, 15, 3000)).toEqual(['drop'])
  expect(hear(pace, 6000, 6, 7, 3000)).toEqual(['drop'])
})

test('however slow the computer is, it sees one a second', () => {
  const pace = new Pace()
  for (let round = 0; round < 10; round++) hear(pace, round * 10_000, 10, 2, 5000)
  expect(pace.fps).toBe(SLOWEST)
})

test('a computer that is too slow even for one a second is not kept busy with connecting anew', () => {
  const pace = new Pace()
  for (let round = 0; round < 6; round++) hear(pace, round * 10_000, 10, 2, 8000)
  expect(pace.fps).toBe(SLOWEST)
  expect(hear(pace, 100_000, 90, 1, 8000)).toHaveLength(3)
})

test('when they come promptly again, more are asked for step by step, up to all', () => {
  const pace = new Pace()
  hear(pace, 0, 3, 15, 3000)
  const slow = pace.fps
  expect(hear(pace, 3000, 12, 7, 100)).toEqual(['tell'])
  expect(pace.fps).toBeCloseTo(slow * 1.5, 0)
  hear(pace, 15_000, 120, 15, 100)
  expect(pace.fps).toBe(FASTEST)
})
