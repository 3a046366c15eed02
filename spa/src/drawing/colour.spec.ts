import { expect, test } from 'vitest'
import { hueOfClass, hueOfTrack, pageColour, videoColour } from '@/drawing/colour'

test('a class always has the same colour', () => {
  expect(hueOfClass('traffic light')).toBe(hueOfClass('traffic light'))
})

test('the most common classes have different colours', () => {
  const hues = ['person', 'face', 'vehicle', 'bike'].map(hueOfClass)
  expect(new Set(hues).size).toBe(4)
})

test('successive track ids have clearly different hues', () => {
  for (let id = 0; id < 200; id++) {
    const apart = Math.abs(hueOfTrack(id) - hueOfTrack(id + 1))
    expect(Math.min(apart, 360 - apart)).toBeGreaterThan(120)
  }
})

test('lines are dark on a light page and light on a dark page or video', () => {
  const lightness = (colour: string): number => Number(/oklch\(([\d.]+)/.exec(colour)?.[1])
  expect(lightness(pageColour(70, false))).toBeLessThan(0.6)
  expect(lightness(pageColour(70, true))).toBeGreaterThan(0.7)
  expect(lightness(videoColour(70))).toBeGreaterThan(0.8)
})
