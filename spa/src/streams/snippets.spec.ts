import { expect, test } from 'vitest'
import { snippets } from '@/streams/snippets'

const ADDRESSES = ['wss://here/ei/hall:face', 'https://here/ei/hall:face.mjpg', 'https://here/ei/api/streams/hall:face'] as const

test('every example has the address of the stream', () => {
  for (const { text } of snippets(...ADDRESSES, false)) expect(text).toContain('here/ei/')
})

test('examples read a required token from the environment', () => {
  const [python] = snippets(...ADDRESSES, true)
  expect(python?.text).toContain("os.environ['EI_TOKEN']")
  expect(snippets(...ADDRESSES, false)[0]?.text).not.toContain('EI_TOKEN')
})
