import { decode } from '@msgpack/msgpack'
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Result } from '@/wire'

/** Messages that the Python tests check too, so that both languages agree. */
const GOLDEN = new URL('../../tests/golden/wire/', import.meta.url)

const results = readdirSync(GOLDEN).filter((name) => /^Result\.\d+\.msgpack$/.test(name))

test('there are golden results to decode', () => {
  expect(results.length).toBeGreaterThan(0)
})

test.each(results)('%s decodes to the types of wire.ts', (name) => {
  const result = decode(readFileSync(new URL(name, GOLDEN))) as Result
  expect(result).toMatchObject({ stream: 'hall%202:people', task: 'people', sequence: 41, width: 1280, precision: 'FP32' })
  expect(result.inferred_at - result.captured_at).toBe(29_999) // microseconds are exact
  expect(result.jpeg).toBeInstanceOf(Uint8Array)
  expect(result.detections[1]).toEqual({ label: 'car', score: 0.25, box: [0, 0, 1, 1] })
  expect(Object.values(result.timings).every((ms) => typeof ms === 'number')).toBe(true)
})
