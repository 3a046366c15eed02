import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import FrameAccount from '@/components/FrameAccount.vue'

const BOOKS = { pushed: 1000, queued: 1, in_flight: 1, inferred: 900, dropped: { stale: 8, overflow: 90 }, lost: 0, refused: {}, error: 0 }

test('when the books balance it says that every frame is accounted for', () => {
  expect(mount(FrameAccount, { props: { ledger: BOOKS, atSource: null } }).text()).toContain('every one is accounted for')
})

test('when they do not it says by how much and asks for a report', () => {
  const text = mount(FrameAccount, { props: { ledger: { ...BOOKS, error: -3 }, atSource: null } }).text()
  expect(text).toContain('3 cannot be explained: please report this')
})

test('drops are listed by reason, the most frequent first, with their share', () => {
  const rows = mount(FrameAccount, { props: { ledger: BOOKS, atSource: null } }).findAll('tr').map((row) => row.text())
  const drops = rows.filter((row) => row.startsWith('dropped'))
  expect(drops[0]).toMatch(/overflow.*90.*9\.00 %/)
  expect(drops[1]).toMatch(/stale.*8.*0\.80 %/)
})

test('what never came to the queue is shown as well, without a share of it', () => {
  const atSource = { captured: 1012, pushed: 1000, dropped: { rate: 12 } }
  const text = mount(FrameAccount, { props: { ledger: { ...BOOKS, refused: { conflict: 2 } }, atSource } }).text()
  expect(text).toMatch(/at the source: rate.*12/)
  expect(text).toMatch(/refused: conflict.*2/)
})
