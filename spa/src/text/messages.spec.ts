import { expect, test } from 'vitest'
import { inferenceSummary, shownRate, tooManyAttempts, workerLimit } from '@/text/messages'

test('a reduced rate names its reason', () => {
  expect(shownRate({ fps: 15, reduced: false })).toBe('15 fps')
  expect(shownRate({ fps: 3.75, reduced: true })).toBe('3.8 fps (reduced: this computer or its network is slow)')
})

test.each([[30, 'Too many attempts. Try again in 30 seconds.'], [1, 'Too many attempts. Try again in 1 second.'], [null, 'Too many attempts. Try again in a moment.']])(
  'after too many attempts with %s seconds to wait the message is: %s', (seconds, text) => {
    expect(tooManyAttempts(seconds)).toBe(text)
  })

test('an inference is summarised with its model and time', () => {
  const result = { model: 'yolox-nano', precision: 'FP32', detections: [1], timings: { infer_ms: 11.83 } }
  expect(inferenceSummary(result)).toBe('detection by yolox-nano FP32 in 11.8 ms')
})

test('without an autoscaler there is no worker limit', () => {
  expect(workerLimit(6)).toBe('(limit 6)')
  expect(workerLimit(0)).toBe('')
})
