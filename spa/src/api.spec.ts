import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ask, mjpegAddress, send, streamSocketAddress } from '@/api'
import { FakeGateway } from '@/testing/fake-gateway'

let gateway: FakeGateway

beforeEach(() => {
  vi.stubGlobal('document', { baseURI: 'https://proxy.example/plant/ei/#/streams/x' })
  gateway = new FakeGateway()
})
afterEach(() => vi.unstubAllGlobals())

test('addresses are relative to the page, behind any path of any proxy', () => {
  expect(streamSocketAddress('hall%202:face')).toBe('wss://proxy.example/plant/ei/hall%202:face')
  expect(mjpegAddress('hall:face')).toBe('https://proxy.example/plant/ei/hall:face.mjpg')
})

test('the colon of an id does not read as a scheme', () => {
  expect(streamSocketAddress('camera0:face')).toBe('wss://proxy.example/plant/ei/camera0:face')
})

test('every question carries the header that other origins cannot send', async () => {
  gateway.on('GET streams', { now: 1, streams: [] })
  await ask('streams')
  expect(gateway.asked[0]?.headers).toMatchObject({ 'X-EI-Request': '1' })
})

test('the gateway’s own sentence is what people read', async () => {
  gateway.on('POST streams', { error: 'the name is taken: choose another' }, 409)
  await expect(send('POST', 'streams', {})).rejects.toMatchObject({ status: 409, message: 'the name is taken: choose another' })
})

test('without a sentence the status is put in words', async () => {
  gateway.on('GET streams', {}, 502)
  await expect(ask('streams')).rejects.toThrow('The gateway does not answer.')
})

test('a gateway that is not there is an error of status 0', async () => {
  await expect(ask('streams')).rejects.toMatchObject({ status: 0 })
})

test('how long to wait is passed on', async () => {
  gateway.on('POST session', { error: 'too many attempts' }, 429, { 'Retry-After': '30' })
  await expect(send('POST', 'session', {})).rejects.toMatchObject({ retryAfterSeconds: 30 })
})

test('an answer without content is null', async () => {
  gateway.on('DELETE streams/x:face', null, 204)
  await expect(send('DELETE', 'streams/x:face')).resolves.toBeNull()
})
