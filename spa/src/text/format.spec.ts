import { expect, test } from 'vitest'
import {
  asSentence, formatCount, formatDuration, formatModel, formatNumber, formatPrecision, formatRate, formatReason, plural,
} from '@/text/format'

test.each([[12.34, 1, '12.3'], [NaN, 1, '–'], [null, 0, '–'], [undefined, 0, '–'], [0, 0, '0']])('%s with %i decimal places is shown as %s', (value, digits, text) => {
  expect(formatNumber(value, digits)).toBe(text)
})

test.each([[13.04, '13'], [9.96, '10'], [9.94, '9.9'], [5, '5'], [0.25, '0.3'], [0, '0'], [NaN, '–'], [null, '–']])('a rate of %s is shown as %s', (value, text) => {
  expect(formatRate(value)).toBe(text)
})

test.each([[84.4, '84 ms'], [-3, '0 ms'], [2400, '2.4 s'], [180_000, '3 min'], [7_200_000, '2 h'], [NaN, '–'], [null, '–']])('%s milliseconds are shown as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('large counts are grouped in thousands', () => {
  expect(formatCount(1234567)).toBe('1\u2009234\u2009567')
  expect(formatCount(42)).toBe('42')
})

test.each([[0, '0 streams'], [1, '1 stream'], [2, '2 streams']])('%i is shown as %s', (count, text) => {
  expect(plural(count, 'stream')).toBe(text)
})

test('a noun can have an irregular plural', () => {
  expect(plural(2, 'box', 'boxes')).toBe('2 boxes')
})

test('the precision "none" is not shown', () => {
  expect(formatPrecision('none')).toBe('')
  expect(formatPrecision('INT8')).toBe('INT8')
})

test('a model is shown with its precision and device', () => {
  expect(formatModel({ model: 'yolox-nano', precision: 'FP32', device: 'CPU' })).toBe('yolox-nano · FP32 · CPU')
  expect(formatModel({ model: 'haar', precision: 'none', device: '' })).toBe('haar')
})

test('underscores in reasons are shown as spaces', () => {
  expect(formatReason('wrong_task')).toBe('wrong task')
})

test('a sentence ends with exactly one punctuation mark', () => {
  expect(asSentence('no route to host')).toBe('no route to host.')
  expect(asSentence('Loading…')).toBe('Loading…')
  expect(asSentence('')).toBe('')
})
