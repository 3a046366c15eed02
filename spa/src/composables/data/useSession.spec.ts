import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { exchangeTokenInUrl, tokenFromHash, useSession } from '@/composables/data/useSession'
import { FakeGateway } from '@/testing/fake-gateway'

const ADMIN = { authenticated: true, role: 'admin', user: null, local: false }
let gateway: FakeGateway

beforeEach(() => (gateway = new FakeGateway()))
afterEach(() => {
  vi.unstubAllGlobals()
  location.hash = ''
})

test.each([['#token=abc', 'abc'], ['#/?token=abc', 'abc'], ['#token=', null], ['#/scaling', null], ['', null]])('the token in the hash "%s" is %s', (hash, token) => {
  expect(tokenFromHash(hash)).toBe(token)
})

test('a token in the address is removed from it before the request and exchanged for a session', async () => {
  location.hash = '#token=s3cret'
  gateway.respond('POST session', ADMIN)
  const exchange = exchangeTokenInUrl()
  expect(location.href).not.toContain('s3cret')
  expect(await exchange).toBe(true)
  expect(gateway.requests[0]).toMatchObject({ path: 'session', body: { token: 's3cret' } })
  expect(useSession().isAdmin.value).toBe(true)
})

test('an invalid token is removed from the address too', async () => {
  location.hash = '#token=wrong'
  gateway.respond('POST session', { error: 'Invalid token.' }, 401)
  gateway.respond('GET session', { ...ADMIN, authenticated: false, role: null })
  expect(await exchangeTokenInUrl()).toBe(false)
  expect(location.href).not.toContain('wrong')
  expect(useSession().problem.value).toBe('Invalid token.')
})

test('an address without a token causes no request', async () => {
  expect(await exchangeTokenInUrl()).toBe(false)
  expect(gateway.requests).toEqual([])
})

test('an expired session is not authenticated, even before the session was loaded', () => {
  useSession().session.value = null
  useSession().expire()
  expect(useSession().session.value?.authenticated).toBe(false)
})

test('signing out loads the session again', async () => {
  gateway.respond('DELETE session', null, 204).respond('GET session', { ...ADMIN, authenticated: false, role: null })
  await useSession().signOut()
  expect(useSession().session.value?.authenticated).toBe(false)
})
