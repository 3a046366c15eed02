import { expect, test } from 'vitest'
import { agreement, countMatches, overlap } from '@/streams/agreement'
import { detection, result } from '@/testing/samples'

test('the overlap is 1 for equal boxes, 0 for separate ones and 1/3 for half covered ones', () => {
  expect(overlap([0, 0, 1, 1], [0, 0, 1, 1])).toBe(1)
  expect(overlap([0, 0, 0.2, 0.2], [0.5, 0.5, 1, 1])).toBe(0)
  expect(overlap([0, 0, 1, 1], [0.5, 0, 1.5, 1])).toBeCloseTo(1 / 3)
})

test('two detections of one model do not match the same detection of the other', () => {
  expect(countMatches([detection(), detection()], [detection()])).toBe(1)
})

test('equal boxes of different classes do not match', () => {
  expect(countMatches([detection()], [detection({ label: 'face' })])).toBe(0)
})

test('only frames that both models processed are compared', () => {
  const first = [result({ sequence: 1 }), result({ sequence: 2, detections: [] })]
  const second = [result({ sequence: 2, detections: [detection()] }), result({ sequence: 3 })]
  expect(agreement(first, second, 0)).toEqual({ frames: 1, both: 0, onlyFirst: 0, onlySecond: 1, share: 0 })
  expect(agreement(first, [result({ sequence: 9 })], 0)).toBeNull()
})

test('detections below the minimum score are ignored', () => {
  const weak = result({ detections: [detection({ score: 0.1 })] })
  expect(agreement([weak], [result({ detections: [] })], 0.5)).toMatchObject({ onlyFirst: 0, share: 1 })
})
