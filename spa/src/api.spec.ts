import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fetchJson, mjpegAddress, sendJson, streamSocketAddress } from '@/api'
import { FakeGateway } from '@/testing/fake-gateway'

let gateway: FakeGateway

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'https://proxy.example/plant/ei/#/streams/x' })
  gateway = new FakeGateway()
})
afterEach(() => vi.unstubAllGlobals())

test('addresses are relative to the page, so that it works behind any path of a proxy', () => {
  expect(streamSocketAddress('hall%202:face')).toBe('wss://proxy.example/plant/ei/hall%202:face')
  expect(mjpegAddress('hall:face')).toBe('https://proxy.example/plant/ei/hall:face.mjpg')
})

test('the colon in an id is not parsed as a URL scheme', () => {
  expect(streamSocketAddress('camera0:face')).toBe('wss://proxy.example/plant/ei/camera0:face')
})

test('every request has the header that forms of other origins cannot send', async () => {
  gateway.respond('GET streams', { now: 1, streams: [] })
  await fetchJson('streams')
  expect(gateway.requests[0]?.headers).toMatchObject({ 'X-EI-Request': '1' })
})

test.each(['detail', 'error'])('the error message is the field %s of the response', async (field) => {
  gateway.respond('POST streams', { [field]: 'The name is taken. Choose another one.' }, 409)
  await expect(sendJson('POST', 'streams', {})).rejects.toMatchObject({ status: 409, message: 'The name is taken. Choose another one.' })
})

test('a response without a message gets the message for its status', async () => {
  gateway.respond('GET streams', {}, 502)
  await expect(fetchJson('streams')).rejects.toThrow('The gateway is not responding.')
})

test('an unreachable gateway is an error with status 0', async () => {
  await expect(fetchJson('streams')).rejects.toMatchObject({ status: 0 })
})

test('the error has the seconds to wait from Retry-After', async () => {
  gateway.respond('POST session', { error: 'Too many attempts.' }, 429, { 'Retry-After': '30' })
  await expect(sendJson('POST', 'session', {})).rejects.toMatchObject({ retryAfterSeconds: 30 })
})

test('a response without content is null', async () => {
  gateway.respond('DELETE streams/x:face', null, 204)
  await expect(sendJson('DELETE', 'streams/x:face')).resolves.toBeNull()
})
