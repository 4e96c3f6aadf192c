import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { durationMs, httpUrl, instantMs, multiaddrs, port, rate, readFrom, sensor } from './parse.ts'

test.each([
  ['3s', 3_000],
  ['1.5s', 1_500],
  ['500ms', 500],
  ['2m', 120_000],
  ['0.001s', 1],
  ['1440m', 86_400_000]
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', '3', 's', '-3s', '3 s', '3S', '3h', '0s', '0.5ms', '1e3s', '1_000ms', '9999999999s', '1441m', '86400001ms', 'NaNs', '٣s'])(
  '%j is no duration',
  (text) => {
    expect(() => durationMs(text)).toThrow(InvalidArgumentError)
  }
)

test.each([
  ['0', 0],
  ['8080', 8080],
  ['65535', 65_535]
])('%s is a port', (text, number) => {
  expect(port(text)).toBe(number)
})

test.each(['', '-1', '65536', '80.5', '0x50', '1e3', ' 80', '٨٠', '999999'])('%j is no port', (text) => {
  expect(() => port(text)).toThrow(InvalidArgumentError)
})

test.each(['http://127.0.0.1:8080', 'https://discovery.example/base/', 'http://[::1]:1'])('%s is a URL of a service', (text) => {
  expect(httpUrl(text)).toBe(text)
})

test.each(['', '127.0.0.1:8080', 'localhost', 'ftp://a', 'file:///etc/passwd', 'http://', 'javascript:alert(1)'])('%j is none', (text) => {
  expect(() => httpUrl(text)).toThrow(InvalidArgumentError)
})

test.each(['http://user:secret@127.0.0.1:8080', 'user:secret@host', 'http://host/?token=secret', 'http://host#secret'])(
  '%s is refused and not repeated',
  (text) => {
    const parse = () => httpUrl(text)
    expect(parse).toThrow(expect.objectContaining({ code: 'wrong-usage' }))
    expect(parse).not.toThrow(/secret/)
  }
)

test('addresses and sensors add up', () => {
  expect(multiaddrs('/ip6/::1/tcp/0', multiaddrs('/ip4/0.0.0.0/tcp/4001'))).toEqual(['/ip4/0.0.0.0/tcp/4001', '/ip6/::1/tcp/0'])
  expect(sensor('lidar:synthetic', sensor('camera:synthetic'))).toEqual(['camera', 'lidar'])
})

test.each(['', '/', '/ip4', 'ip4/1.2.3.4/tcp/1', '/ip4/1.2.3.4/tcp/1/', '/ip4//tcp', '/ip4/1.2.3.4 /tcp/1'])('%j is no address', (text) => {
  expect(() => multiaddrs(text)).toThrow(InvalidArgumentError)
})

test.each([
  '',
  'camera',
  'camera:',
  'camera:real',
  'sonar:synthetic',
  'Camera:synthetic',
  'camera:synthetic,lidar:synthetic',
  '__proto__:synthetic'
])('%j is no sensor', (text) => {
  expect(() => sensor(text)).toThrow(InvalidArgumentError)
})

test.each([
  ['latest', 'latest'],
  ['start', 'from_start'],
  ['from_start', 'from_start'],
  ['0', { fromTimestamp: 0n }],
  ['9223372036854775807', { fromTimestamp: 2n ** 63n - 1n }]
])('a log can be read from %s', (text, from) => {
  expect(readFrom(text)).toEqual(from)
})

test.each(['', 'now', 'START', 'from-start', '-1', '1.5', '1e3', '0x1', '9223372036854775808', '٣'])(
  'it can not be read from %j',
  (text) => {
    expect(() => readFrom(text)).toThrow(InvalidArgumentError)
  }
)

test.each([
  ['1', 1],
  ['0.5', 0.5],
  ['1000', 1_000]
])('a rate of %s', (text, value) => expect(rate(text)).toBe(value))

test.each(['0', '-1', '1e3', '1001', 'fast', ''])('no rate: %j', (text) => expect(() => rate(text)).toThrow('from 0.001 to 1000'))

test.each([
  ['0', 0],
  ['0s', 0],
  ['1.5s', 1_500]
])('an instant of a recording: %s', (text, value) => expect(instantMs(text)).toBe(value))
