import { expect, test } from 'vitest'
import { kindOf, nameProblem, sourceProblem } from '@/streams/source-address'

test.each([
  ['rtsp://10.0.0.9/live', 'address'], ['https://camera.example/mjpeg', 'address'], ['', 'address'],
  ['camera:0', 'camera'], ['/dev/video1', 'camera'], ['synthetic:pattern', 'synthetic'], ['file:clip.mp4', 'file'],
])('the source %s has the type %s', (source, kind) => {
  expect(kindOf(source)).toBe(kind)
})

test.each([
  ['address', 'rtsp://user:pass@10.0.0.9/live'], ['camera', 'camera:2'], ['file', 'file:clip'], ['synthetic', 'synthetic:pattern'],
] as const)('the %s source %s is valid', (kind, source) => {
  expect(sourceProblem(kind, source)).toBe('')
})

test.each([
  ['address', 'ftp://10.0.0.9/live'], ['address', 'rtsp://'], ['camera', 'camera:front'], ['file', ''], ['synthetic', 'pattern'],
] as const)('the %s source "%s" is not valid and the message says why', (kind, source) => {
  expect(sourceProblem(kind, source)).toMatch(/\w+ .+/)
})

test('a name is neither empty nor longer than 200 bytes', () => {
  expect(nameProblem('  ')).not.toBe('')
  expect(nameProblem('ä'.repeat(101))).not.toBe('')
  expect(nameProblem('Entrance hall: north')).toBe('')
})
