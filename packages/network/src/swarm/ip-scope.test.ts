import { expect, test } from 'vitest'
import { ipScope, plainIp } from './ip-scope.ts'

test.each([
  ['127.0.0.1', 'loopback'],
  ['127.255.3.4', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::FFFF:7f00:1', 'loopback'],
  ['0:0:0:0:0:ffff:127.0.0.1', 'loopback'],
  ['::127.0.0.1', 'loopback'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['2002:7f00:1::', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['FE80::1', 'link-local'],
  ['febf:ffff::1', 'link-local'],
  ['::ffff:169.254.1.1', 'link-local'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['100.64.0.1', 'private'],
  ['fd00::2', 'private'],
  ['fc00::', 'private'],
  ['fec0::1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['8.8.8.8', 'global'],
  ['172.32.0.1', 'global'],
  ['100.128.0.1', 'global'],
  ['2001:db8::1', 'global'],
  ['::ffff:8.8.8.8', 'global'],
  ['0.0.0.0', 'none'],
  ['0.1.2.3', 'none'],
  ['::', 'none'],
  ['::ffff:0.0.0.0', 'none'],
  ['224.0.0.251', 'none'],
  ['255.255.255.255', 'none'],
  ['240.0.0.1', 'none'],
  ['ff02::fb', 'none'],
  ['::ffff:224.0.0.1', 'none'],
  ['999.1.1.1', 'none'],
  ['1.2.3', 'none'],
  ['1::2::3', 'none'],
  ['1:2:3:4:5:6:7', 'none'],
  ['1:2:3:4:5:6:7:8:9', 'none'],
  ['12345::', 'none'],
  ['nonsense', 'none'],
  ['', 'none']
])('%s is %s', (ip, scope) => {
  expect(ipScope(ip)).toBe(scope)
})

test('two spellings of one address become one', () => {
  expect(plainIp('2001:DB8::1')).toBe(plainIp('2001:0db8:0:0::0001'))
  expect(plainIp('10.0.0.1')).toBe('10.0.0.1')
})
