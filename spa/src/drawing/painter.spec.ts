import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Painter } from '@/drawing/painter'
import { detection, result } from '@/testing/samples'
import type { Result } from '@/wire'

interface FakeBitmap { width: number; height: number; of: number; close: () => void }

let frames: (() => void)[]
let decodes: { jpeg: Uint8Array; finish: () => void; fail: () => void }[]
/** What is on screen: the frame's number and the captions of its boxes. */
let screen: { picture: number | null; texts: string[] }
let closedBitmaps: number[]
let shown: Result[]
let undecodable: number

function lines(overlay: { width: number; height: number }): CanvasRenderingContext2D {
  return {
    canvas: overlay,
    clearRect: () => (screen.texts = []),
    beginPath: () => undefined, rect: () => undefined, stroke: () => undefined, fillRect: () => undefined,
    measureText: () => ({ width: 10 }),
    fillText: (text: string) => screen.texts.push(text),
  } as unknown as CanvasRenderingContext2D
}

function painter(): { painter: Painter; overlay: { width: number; height: number } } {
  const picture = {
    width: 0, height: 0,
    getContext: () => ({ transferFromImageBitmap: (bitmap: FakeBitmap) => (screen.picture = bitmap.of) }),
  }
  const overlay = { width: 0, height: 0, getContext: () => lines(overlay) }
  const made = new Painter({
    picture: picture as unknown as HTMLCanvasElement,
    overlay: overlay as unknown as HTMLCanvasElement,
    overlayOptions: () => ({ boxes: true, labels: true, minScore: 0 }),
    onShown: (one) => shown.push(one),
    onUndecodable: () => undecodable++,
    decode: (jpeg) => new Promise((resolve, reject) => {
      const of = jpeg[0] ?? 0
      const bitmap = { width: 64, height: 36, of, close: () => closedBitmaps.push(of) }
      decodes.push({ jpeg, finish: () => resolve(bitmap as unknown as ImageBitmap), fail: () => reject(new Error('truncated')) })
    }),
  })
  made.resize(640, 480)
  return { painter: made, overlay }
}

/** Result number n: its JPEG begins with the byte n and its only detection has a score of n percent. */
function numbered(n: number): Result {
  return result({ sequence: n, jpeg: new Uint8Array([n]), detections: [detection({ score: n / 100 })] })
}

async function decoded(n: number): Promise<void> {
  decodes[n]?.finish()
  await new Promise((resolve) => setTimeout(resolve))
}

beforeEach(() => {
  frames = []
  decodes = []
  closedBitmaps = []
  shown = []
  undecodable = 0
  screen = { picture: null, texts: [] }
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback))
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []))
  vi.stubGlobal('devicePixelRatio', 1)
})
afterEach(() => vi.unstubAllGlobals())

test('a frame and its boxes appear in the same animation frame', async () => {
  const { painter: one } = painter()
  one.offer(numbered(1))
  await decoded(0)
  expect(screen).toEqual({ picture: null, texts: [] })
  frames.shift()?.()
  expect(screen).toEqual({ picture: 1, texts: ['person 1'] })
  expect(shown.map(({ sequence }) => sequence)).toEqual([1])
})

test('while a JPEG is decoded, only the newest result waits and the others are skipped', async () => {
  const { painter: one } = painter()
  for (const n of [1, 2, 3, 4]) one.offer(numbered(n))
  await decoded(0)
  frames.shift()?.()
  await decoded(1)
  frames.shift()?.()
  expect(shown.map(({ sequence }) => sequence)).toEqual([1, 4])
  expect(one.skipped).toBe(2)
  expect(decodes).toHaveLength(2)
})

test('a decoded frame that has not been shown is replaced and released', async () => {
  const { painter: one } = painter()
  one.offer(numbered(1))
  await decoded(0)
  one.offer(numbered(2))
  await decoded(1)
  expect(frames).toHaveLength(1)
  frames.shift()?.()
  expect(screen).toEqual({ picture: 2, texts: ['person 2'] })
  expect(closedBitmaps).toEqual([1])
  expect(one.skipped).toBe(1)
})

test('after an invalid JPEG the next frame is shown', async () => {
  const { painter: one } = painter()
  one.offer(numbered(1))
  decodes[0]?.fail()
  await new Promise((resolve) => setTimeout(resolve))
  one.offer(numbered(2))
  await decoded(1)
  frames.shift()?.()
  expect(undecodable).toBe(1)
  expect(screen.picture).toBe(2)
})

test('a redraw draws the boxes and keeps the frame', async () => {
  const { painter: one } = painter()
  one.offer(numbered(7))
  await decoded(0)
  frames.shift()?.()
  screen.texts = []
  one.redraw()
  expect(screen).toEqual({ picture: 7, texts: ['person 7'] })
  expect(shown).toHaveLength(1)
})

test('the overlay has the aspect ratio of the frame within the available size', async () => {
  const { painter: one, overlay } = painter()
  one.offer(numbered(1))
  await decoded(0)
  frames.shift()?.()
  expect([overlay.width, overlay.height]).toEqual([640, 360])
})

test('after closing nothing is drawn and all frames are released', async () => {
  const { painter: one } = painter()
  one.offer(numbered(1))
  one.offer(numbered(2))
  one.close()
  await decoded(0)
  expect(frames).toEqual([])
  expect(decodes).toHaveLength(1)
  expect(closedBitmaps).toEqual([1])
})
