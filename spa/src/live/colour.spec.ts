import { expect, test } from 'vitest'
import { hueOfClass, hueOfIdentity, onPage, overVideo } from '@/live/colour'

test('a class has the same colour every time', () => {
  expect(hueOfClass('traffic light')).toBe(hueOfClass('traffic light'))
})

test('the classes that are seen most do not share a colour', () => {
  const hues = ['person', 'face', 'vehicle', 'bike'].map(hueOfClass)
  expect(new Set(hues).size).toBe(4)
})

test('neighbouring identities lie far apart on the wheel', () => {
  for (let id = 0; id < 200; id++) {
    const apart = Math.abs(hueOfIdentity(id) - hueOfIdentity(id + 1))
    expect(Math.min(apart, 360 - apart)).toBeGreaterThan(120)
  }
})

test('lines are dark on light pages and light on dark ones', () => {
  const lightness = (colour: string): number => Number(/oklch\(([\d.]+)/.exec(colour)?.[1])
  expect(lightness(onPage(70, false))).toBeLessThan(0.6)
  expect(lightness(onPage(70, true))).toBeGreaterThan(0.7)
  expect(lightness(overVideo(70))).toBeGreaterThan(0.8)
})
