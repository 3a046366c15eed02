import { enableAutoUnmount, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test } from 'vitest'
import ModelUpgradeNotice from '@/components/stream/ModelUpgradeNotice.vue'
import { resetPreferences } from '@/composables/page/usePreferences'
import { stream } from '@/testing/samples'

enableAutoUnmount(afterEach)
beforeEach(() => {
  localStorage.clear()
  resetPreferences()
})

const people = stream({ task: 'people', model: 'ei-street-detector', better: 'person-detection-0201/FP16-INT8' })
const face = stream({ id: 'hall:face', task: 'face', model: 'haar-frontal-face', better: 'face-detection-retail-0005/FP16-INT8' })

const notice = (...streams: (typeof people)[]): VueWrapper => mount(ModelUpgradeNotice, { props: { streams } })

test('it names the model in use, the better model and the command that downloads it', () => {
  const text = notice(people).text()
  expect(text).toContain('people uses ei-street-detector; person-detection-0201 is more accurate on real video.')
  expect(text).toContain('./tools/download-models.sh --task people')
})

test('one command downloads the models of several tasks', () => {
  expect(notice(people, face).find('code').text()).toBe('./tools/download-models.sh --task face --task people')
})

test('without a better model there is no notice', () => {
  expect(notice(stream()).find('aside').exists()).toBe(false)
})

test('a dismissed notice is not shown again, except for another model', async () => {
  const wrapper = notice(people)
  await wrapper.find('button[title="Don’t show this again"]').trigger('click')
  expect(wrapper.find('aside').exists()).toBe(false)
  expect(notice(people).find('aside').exists()).toBe(false)
  expect(notice(face).find('aside').exists()).toBe(true)
})
