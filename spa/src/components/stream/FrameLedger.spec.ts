import { mount } from '@vue/test-utils'
import { expect, test } from 'vitest'
import FrameLedger from '@/components/stream/FrameLedger.vue'

const LEDGER = { pushed: 1000, queued: 1, in_flight: 1, inferred: 900, dropped: { stale: 8, overflow: 90 }, lost: 0, refused: {}, error: 0 }

test('a balanced ledger says that all frames are accounted for', () => {
  expect(mount(FrameLedger, { props: { ledger: LEDGER, atSource: null } }).text()).toContain('All are accounted for')
})

test('an unbalanced ledger shows the difference and asks for a report', () => {
  const text = mount(FrameLedger, { props: { ledger: { ...LEDGER, error: -3 }, atSource: null } }).text()
  expect(text).toContain('3 frames not accounted for. Please report this problem.')
})

test('drops are listed by reason with their share, the most frequent first', () => {
  const rows = mount(FrameLedger, { props: { ledger: LEDGER, atSource: null } }).findAll('tr').map((row) => row.text())
  const drops = rows.filter((row) => row.startsWith('dropped'))
  expect(drops[0]).toMatch(/overflow.*90.*9\.00 %/)
  expect(drops[1]).toMatch(/stale.*8.*0\.80 %/)
})

test('frames that did not reach the queue are listed without a share', () => {
  const atSource = { captured: 1012, pushed: 1000, dropped: { rate: 12 } }
  const text = mount(FrameLedger, { props: { ledger: { ...LEDGER, refused: { conflict: 2 } }, atSource } }).text()
  expect(text).toMatch(/at the source: rate.*12/)
  expect(text).toMatch(/refused: conflict.*2/)
})
