import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exchangePrintedToken, tokenOf, useSession } from '@/composables/useSession'
import { FakeGateway } from '@/testing/fake-gateway'

const ADMIN = { authenticated: true, role: 'admin', user: null, local: false }
let gateway: FakeGateway

beforeEach(() => (gateway = new FakeGateway()))
afterEach(() => {
  vi.unstubAllGlobals()
  location.hash = ''
})

test.each([['#token=abc', 'abc'], ['#/?token=abc', 'abc'], ['#token=', null], ['#/scaling', null], ['', null]])('the token of %s is %s', (hash, token) => {
  expect(tokenOf(hash)).toBe(token)
})

test('a printed token is exchanged for a session and leaves the address before anybody is asked', async () => {
  location.hash = '#token=s3cret'
  gateway.on('POST session', ADMIN)
  const exchange = exchangePrintedToken()
  expect(location.href).not.toContain('s3cret')
  expect(await exchange).toBe(true)
  expect(gateway.asked[0]).toMatchObject({ path: 'session', body: { token: 's3cret' } })
  expect(useSession().isAdmin.value).toBe(true)
})

test('a wrong token leaves the address as well', async () => {
  location.hash = '#token=wrong'
  gateway.on('POST session', { error: 'no such token' }, 401)
  gateway.on('GET session', { ...ADMIN, authenticated: false, role: null })
  expect(await exchangePrintedToken()).toBe(false)
  expect(location.href).not.toContain('wrong')
  expect(useSession().problem.value).toBe('no such token')
})

test('an address without a token asks nobody', async () => {
  expect(await exchangePrintedToken()).toBe(false)
  expect(gateway.asked).toEqual([])
})

test('a session that has run out closes the door, also before anybody was known', () => {
  useSession().session.value = null
  useSession().lapse()
  expect(useSession().session.value?.authenticated).toBe(false)
})

test('signing out asks who is there now', async () => {
  gateway.on('DELETE session', null, 204).on('GET session', { ...ADMIN, authenticated: false, role: null })
  await useSession().signOut()
  expect(useSession().session.value?.authenticated).toBe(false)
})
