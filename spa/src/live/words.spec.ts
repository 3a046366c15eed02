import { expect, test } from 'vitest'
import { duration, figure, grouped, precisionOf, spelled } from '@/live/words'

test.each([[12.34, 1, '12.3'], [NaN, 1, '–'], [null, 0, '–'], [undefined, 0, '–'], [0, 0, '0']])('the figure of %s with %i digits is %s', (value, digits, text) => {
  expect(figure(value, digits)).toBe(text)
})

test.each([[84.4, '84 ms'], [-3, '0 ms'], [2400, '2.4 s'], [180_000, '3 min'], [7_200_000, '2 h'], [NaN, '–'], [null, '–']])('%s milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('large numbers are grouped', () => {
  expect(grouped(1234567)).toBe('1\u2009234\u2009567')
  expect(grouped(42)).toBe('42')
})

test('an engine without a precision shows none', () => {
  expect(precisionOf('none')).toBe('')
  expect(precisionOf('INT8')).toBe('INT8')
})

test('reasons are spelled as words', () => {
  expect(spelled('wrong_task')).toBe('wrong task')
})
