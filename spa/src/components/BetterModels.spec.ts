import { enableAutoUnmount, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import BetterModels from '@/components/BetterModels.vue'
import { resetPreferences } from '@/composables/usePreferences'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)
beforeEach(() => {
  localStorage.clear()
  resetPreferences()
})

const people = stream({ task: 'people', model: 'ei-street-detector', better: 'person-detection-0201/FP16-INT8' })
const face = stream({ id: 'hall:face', task: 'face', model: 'haar-frontal-face', better: 'face-detection-retail-0005/FP16-INT8' })

const notice = (...streams: (typeof people)[]): VueWrapper => mount(BetterModels, { props: { streams } })

test('it says what is in use, what is better, and the one command that brings it', () => {
  const text = notice(people).text()
  expect(text).toContain('people is served by ei-street-detector, for real pictures person-detection-0201 is better')
  expect(text).toContain('./tools/download-models.sh --task people')
})

test('one command serves several tasks', () => {
  expect(notice(people, face).find('code').text()).toBe('./tools/download-models.sh --task face --task people')
})

test('it is silent where nothing better is known', () => {
  expect(notice(stream()).find('aside').exists()).toBe(false)
})

test('who has read it is not told again, unless there is something else', async () => {
  const wrapper = notice(people)
  await wrapper.find('button[title="Do not say this again"]').trigger('click')
  expect(wrapper.find('aside').exists()).toBe(false)
  expect(notice(people).find('aside').exists()).toBe(false)
  expect(notice(face).find('aside').exists()).toBe(true)
})
