import { expect, test } from 'vitest'
import { type ClusterMember, fitIntroduction, fitMember, memberLine, utf8Length } from './membership-entry.ts'

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const relayed = `/ip4/192.0.2.9/tcp/4001/p2p/${peerId}/p2p-circuit/p2p/${peerId}`
const member = (multiaddrs: readonly string[]): ClusterMember => ({
  peerId,
  multiaddrs,
  joinTsNs: 1_733_836_800_123_456_789n,
  successorToken: [],
  observer: true
})
const fitted = (multiaddrs: readonly string[]) => fitMember(member(multiaddrs)).multiaddrs
/** What the line and its comma take of a frame. */
const bytes = (entry: ClusterMember) => Buffer.byteLength(JSON.stringify(`${memberLine(entry)},`)) - 2
const many = (count: number, chars = 20) => Array.from({ length: count }, (_, i) => `/dns4/${'a'.repeat(chars)}${i + 100}/tcp/4001`)

test('a line that has room is left as it is', () => {
  const entry = member([...many(8), relayed])
  expect(fitMember(entry)).toBe(entry)
})

test('at most sixteen addresses, the first ones', () => {
  expect(fitted(many(40, 2))).toEqual(many(16, 2))
})

test('a relayed one is kept, wherever it stands', () => {
  expect(fitted([...many(40, 2), relayed])).toEqual([...many(15, 2), relayed])
  const long = fitted([...many(16, 60), relayed])
  expect(long.at(-1)).toBe(relayed)
  expect(long.length).toBeGreaterThan(4)
})

test.each([
  ['long addresses', many(16, 220)],
  ['addresses of middling length', many(16, 100)],
  ['addresses that grow when escaped', Array.from({ length: 16 }, (_, i) => `/dns4/${'\\"'.repeat(40)}${i}/tcp/1`)],
  ['addresses beyond ASCII', Array.from({ length: 16 }, (_, i) => `/dns4/${'ü€😀'.repeat(20)}${i}/tcp/1`)],
  ['a relay among long ones', [...many(3, 240), relayed]]
])('%s take no more than 960 bytes of the frame', (_what, multiaddrs) => {
  const entry = fitMember(member(multiaddrs))
  expect(entry.multiaddrs.length).toBeGreaterThan(0)
  expect(bytes(entry)).toBeLessThanOrEqual(960)
})

test('one address stays, whatever its length', () => {
  const long = `/dns4/${'x'.repeat(490)}/tcp/1`
  expect(fitted([long, `${long}2`])).toEqual([long])
  expect(fitted([long, '/ip4/10.0.0.1/tcp/1'])).toEqual(['/ip4/10.0.0.1/tcp/1'])
  expect(fitted([])).toEqual([])
})

test.each([
  ['long names', 'x'.repeat(128), many(16, 220)],
  ['names beyond ASCII', '🤖'.repeat(128), many(16, 100)],
  ['names that grow when escaped', '\\'.repeat(128), many(16, 2)],
  ['names beside the longest address', '🤖'.repeat(128), [`/dns4/${'x'.repeat(243)}/tcp/1`]],
  ['names beside one that is longer than it may be', '🤖'.repeat(128), [`/dns4/${'x'.repeat(490)}/tcp/1`]]
])('%s take no more than 960 bytes with their addresses either', (_what, name, multiaddrs) => {
  const entry = fitMember({ ...member(multiaddrs), name })
  expect(entry.multiaddrs.length).toBeGreaterThan(0)
  expect(bytes(entry)).toBeLessThanOrEqual(960)
  expect(fitMember(entry)).toBe(entry)
})

test('a name stays beside an address, and goes where one alone has no room beside it', () => {
  const name = '🤖'.repeat(128)
  expect(fitMember({ ...member([`/dns4/${'x'.repeat(243)}/tcp/1`]), name })).toHaveProperty('name', name)
  expect(fitMember({ ...member([`/dns4/${'x'.repeat(490)}/tcp/1`]), name })).not.toHaveProperty('name')
  const entry = { ...member(many(4)), name: 'Zoë' }
  expect(fitMember(entry)).toBe(entry)
})

test('what a line holds depends on the line alone', () => {
  const line = fitMember(member(many(16, 100)))
  expect(fitMember(line)).toBe(line)
})

test('a token, or an address, that leaves no room goes: no line is longer, whoever wrote it', () => {
  const token = Array.from({ length: 2_000 }, () => 255)
  const entry = fitMember({ ...member(many(4)), name: 'Zoë', successorToken: token })
  expect(entry).toMatchObject({ multiaddrs: many(4) })
  expect(entry.successorToken).toBeUndefined()
  expect(fitMember(member([`/dns4/${'x'.repeat(2_000)}/tcp/1`])).multiaddrs).toEqual([])
})

test('what a peer says of itself is cut as its line will be', () => {
  const said = { multiaddrs: many(16, 100), observer: true, name: 'Zoë', authorization: 'x' }
  const cut = fitIntroduction(peerId, said)
  expect(cut).toEqual({ ...said, multiaddrs: fitMember({ ...member(said.multiaddrs), name: 'Zoë' }).multiaddrs })
  const long = { multiaddrs: [`/dns4/${'x'.repeat(490)}/tcp/1`], observer: true, name: '🤖'.repeat(128) }
  expect(fitIntroduction(peerId, long)).toEqual({ multiaddrs: long.multiaddrs, observer: true })
})

test('UTF-8 is counted', () => {
  for (const text of ['', 'abc', 'ü', '€', '😀', 'a😀ü']) expect(utf8Length(text)).toBe(Buffer.byteLength(text))
})
