import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useSession } from '@/composables/data/useSession'
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

test('a user signs in with a password', async () => {
  gateway.respond('POST session', { authenticated: true, role: 'viewer', user: 'ann', local: false })
  await submit(mount(SignInPage))
  expect(gateway.requests[0]?.body).toEqual({ user: 'ann', password: 'secret' })
  expect(useSession().session.value?.user).toBe('ann')
})

test('after a failed sign-in the gateway’s message is shown and the password is cleared', async () => {
  gateway.respond('POST session', { error: 'Wrong user name or password.' }, 401)
  const page = mount(SignInPage)
  await submit(page)
  expect(page.find('[role=alert]').text()).toBe('Wrong user name or password.')
  expect(page.find<HTMLInputElement>('input[name=password]').element.value).toBe('')
})

test('after too many attempts the message has the time to wait', async () => {
  gateway.respond('POST session', { error: 'too many attempts' }, 429, { 'Retry-After': '30' })
  const page = mount(SignInPage)
  await submit(page)
  expect(page.find('[role=alert]').text()).toBe('Too many attempts. Try again in 30 seconds.')
})

test('a user signs in with a token', async () => {
  gateway.respond('POST session', { authenticated: true, role: 'admin', user: null, local: false })
  const page = mount(SignInPage)
  await page.findAll('button').find((button) => button.text() === 'Token')?.trigger('click')
  await page.find('input[name=token]').setValue(' abc ')
  await page.find('form').trigger('submit')
  await flushPromises()
  expect(gateway.requests[0]?.body).toEqual({ token: 'abc' })
})
