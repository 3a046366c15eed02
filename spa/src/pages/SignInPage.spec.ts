import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useSession } from '@/composables/useSession'
import SignInPage from '@/pages/SignInPage.vue'
import { FakeGateway } from '@/testing/fake-gateway'

let gateway: FakeGateway

beforeEach(() => (gateway = new FakeGateway()))
afterEach(() => vi.unstubAllGlobals())

async function submit(page: VueWrapper): Promise<void> {
  await page.find('input[name=username]').setValue('ann')
  await page.find('input[name=password]').setValue('secret')
  await page.find('form').trigger('submit')
  await flushPromises()
}

test('a user comes in with a password', async () => {
  gateway.on('POST session', { authenticated: true, role: 'viewer', user: 'ann', local: false })
  await submit(mount(SignInPage))
  expect(gateway.asked[0]?.body).toEqual({ user: 'ann', password: 'secret' })
  expect(useSession().session.value?.user).toBe('ann')
})

test('a wrong password is told in the gateway’s words, and is not kept', async () => {
  gateway.on('POST session', { error: 'user and password do not fit' }, 401)
  const page = mount(SignInPage)
  await submit(page)
  expect(page.find('[role=alert]').text()).toBe('user and password do not fit')
  expect(page.find<HTMLInputElement>('input[name=password]').element.value).toBe('')
})

test('after too many attempts it says how long to wait', async () => {
  gateway.on('POST session', { error: 'too many attempts' }, 429, { 'Retry-After': '30' })
  const page = mount(SignInPage)
  await submit(page)
  expect(page.find('[role=alert]').text()).toBe('Too many attempts: please wait 30 s.')
})

test('a token is asked for on its own', async () => {
  gateway.on('POST session', { authenticated: true, role: 'admin', user: null, local: false })
  const page = mount(SignInPage)
  await page.findAll('button').find((button) => button.text() === 'Token')?.trigger('click')
  await page.find('input[name=token]').setValue(' abc ')
  await page.find('form').trigger('submit')
  await flushPromises()
  expect(gateway.asked[0]?.body).toEqual({ token: 'abc' })
})
