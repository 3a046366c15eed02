import { expect, test } from 'vitest'
import { caption, drawOverlay, visibleDetections } from '@/drawing/overlay'
import { detection } from '@/testing/samples'

/** A canvas that records the drawn rectangles and texts. */
function fakeCanvas(width: number, height: number): { ctx: CanvasRenderingContext2D; rects: number[][]; texts: unknown[][] } {
  const rects: number[][] = []
  const texts: unknown[][] = []
  const ctx = {
    canvas: { width, height },
    clearRect: () => undefined, beginPath: () => undefined, stroke: () => undefined, fillRect: () => undefined,
    rect: (...numbers: number[]) => rects.push(numbers),
    measureText: (text: string) => ({ width: text.length * 6 }),
    fillText: (...one: unknown[]) => texts.push(one),
  }
  return { ctx: ctx as unknown as CanvasRenderingContext2D, rects, texts }
}

const ALL = { boxes: true, labels: true, minScore: 0 }

test('boxes in 0..1 are drawn in canvas pixels', () => {
  const { ctx, rects } = fakeCanvas(200, 100)
  drawOverlay(ctx, [detection({ box: [0.1, 0.2, 0.6, 0.7] })], ALL, 1)
  expect(rects[0]?.map(Math.round)).toEqual([20, 20, 100, 50])
})

test('a caption has the class, the track id and the score in percent', () => {
  expect(caption(detection({ score: 0.874 }))).toBe('person 87')
  expect(caption(detection({ score: 0.874, track_id: 12 }))).toBe('person #12 87')
})

test('detections below the minimum score are not drawn', () => {
  const weak = detection({ score: 0.2 })
  const strong = detection({ score: 0.8 })
  expect(visibleDetections([weak, strong], { ...ALL, minScore: 0.5 })).toEqual([strong])
})

test('boxes and labels can be hidden separately', () => {
  const boxes = fakeCanvas(200, 100)
  drawOverlay(boxes.ctx, [detection()], { ...ALL, labels: false }, 1)
  expect([boxes.rects.length, boxes.texts.length]).toEqual([1, 0])

  const labels = fakeCanvas(200, 100)
  drawOverlay(labels.ctx, [detection()], { ...ALL, boxes: false }, 1)
  expect([labels.rects.length, labels.texts.length]).toEqual([0, 1])
})

test('a label at an edge stays inside the frame', () => {
  const { ctx, texts } = fakeCanvas(200, 100)
  const edges: [number, number, number, number][] = [[-0.1, -0.1, 0.1, 0.1], [0.97, 0, 1.1, 0.3], [0.9, 0.98, 1, 1]]
  drawOverlay(ctx, edges.map((box) => detection({ box })), ALL, 1)
  for (const [text, x, y] of texts as [string, number, number][]) {
    expect(x).toBeGreaterThanOrEqual(0)
    expect(x + text.length * 6).toBeLessThanOrEqual(200)
    expect(y).toBeGreaterThan(0)
    expect(y).toBeLessThan(100)
  }
})
