import { expect, test } from 'vitest'
import { ownIps, urlsFor } from './own-urls.ts'

const addresses = [
  { name: 'lo', ip: '127.0.0.1' },
  { name: 'lo', ip: '::1' },
  { name: 'docker0', ip: '172.17.0.1' },
  { name: 'eth0', ip: 'fe80::1' },
  { name: 'eth0', ip: '2001:db9::5' },
  { name: 'eth0', ip: '192.168.1.5' }
]

test('others reach a machine at addresses that leave it, those of containers last', () => {
  expect(ownIps(addresses)).toEqual(['192.168.1.5', '2001:db9::5', '172.17.0.1'])
})

test.each([
  ['0.0.0.0', ['http://192.168.1.5:8080', 'http://172.17.0.1:8080', 'http://127.0.0.1:8080']],
  ['::', ['http://192.168.1.5:8080', 'http://[2001:db9::5]:8080', 'http://172.17.0.1:8080', 'http://127.0.0.1:8080']],
  ['127.0.0.1', ['http://127.0.0.1:8080']],
  ['192.168.1.5', ['http://127.0.0.1:8080']]
])('a service on %s is at %j', (host, urls) => {
  expect(urlsFor('http://127.0.0.1:8080', host, ownIps(addresses))).toEqual(urls)
})

test('a machine without a network has its own address', () => {
  expect(urlsFor('http://127.0.0.1:8080', '0.0.0.0', [])).toEqual(['http://127.0.0.1:8080'])
})
