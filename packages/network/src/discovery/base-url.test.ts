import { expect, test } from 'vitest'
import { checkDiscoveryUrl, shownUrl } from './base-url.ts'
import { DiscoveryClient } from './client.ts'

test.each([
  ['http://host:8080', 'http://host:8080'],
  ['https://host/', 'https://host'],
  ['http://host/base//', 'http://host/base'],
  ['http://[::1]:8080/', 'http://[::1]:8080'],
  ['http://host/a@b', 'http://host/a@b']
])('%s is one', (text, url) => {
  expect(checkDiscoveryUrl(text)).toBe(url)
})

test.each([
  'http://user:secret@host:8080',
  'http://secret@host',
  'https://:secret@host/base',
  'http://user:sec/secret@host',
  'http://user:secret@host:port',
  'http:/user:secret@host',
  'http:\\\\user:secret@host',
  ' http://user:secret@host ',
  'http://@host',
  'user:secret@host:8080',
  '//user:secret@host',
  'secret@host',
  'ftp://user:secret@host',
  'http://host/?token=secret',
  'http://host#secret',
  'http://host?',
  'not a url?secret',
  ''
])('%s is refused, and no secret is shown', async (text) => {
  const refuse = () => checkDiscoveryUrl(text)
  expect(refuse).toThrow(expect.objectContaining({ code: 'transport' }))
  expect(refuse).not.toThrow(/secret/)
  const error = await new DiscoveryClient(text, { fetch: () => Promise.reject(new Error('was asked')) }).get('lab').catch((e: unknown) => e)
  expect(error).toMatchObject({ name: 'DiscoveryClientError', code: 'transport' })
  expect(`${error} ${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`).not.toMatch(/secret|was asked/)
  expect(shownUrl(text)).not.toContain('secret')
})

test('the error says what is wrong with it', () => {
  expect(() => checkDiscoveryUrl('http://user:x@host:8080/base')).toThrow(/host:8080 has a user or password/)
  expect(() => checkDiscoveryUrl('http://host:8080/base?x=1')).toThrow('http://host:8080/base must end there')
  expect(() => checkDiscoveryUrl('nonsense')).toThrow('"nonsense" is no URL of a Discovery service')
})
