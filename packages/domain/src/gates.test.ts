import { expect, test } from 'vitest'
import { allowListGate, sharedSecretGate } from './gates.ts'

const joiner = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const manager = '12D3KooWJWoaqZhDaoEFshF7Rh1bpY9ohihFhzcW6d69Lr2NASuq'
const { signal } = new AbortController()
const at = (clusterName: string, localPeerId: string) => ({ clusterName, localPeerId, name: undefined, signal })

// By `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` over the five parts with a zero byte between them, in base64url without its `=`.
test.each([
  ['correct horse', 'Auki-HMAC sK7kEYOrtTDSVbgZnNk8T1ldgZCqY61lfd59o12gLJs'],
  ['schlüssel 🔑', 'Auki-HMAC iSZFyyRN1gTzrfK8H3so-rVdw97op3IXqsruWqZkJ5I']
])('with the secret %j a joiner says exactly what others would, and gets in', async (secret, golden) => {
  const gate = sharedSecretGate(secret)
  expect(await gate.authorization({ clusterName: 'lab', managerPeerId: manager, localPeerId: joiner })).toBe(golden)
  expect(await gate.check(joiner, golden, at('lab', manager))).toEqual({ ok: true })
})

test('what one joiner says is worth nothing to another joiner, cluster, Manager or secret', async () => {
  const gate = sharedSecretGate('correct horse')
  const said = await gate.authorization({ clusterName: 'lab', managerPeerId: manager, localPeerId: joiner })
  const refused = { ok: false, reason: expect.stringContaining('another secret') }
  expect(await gate.check(manager, said, at('lab', manager))).toEqual(refused)
  expect(await gate.check(joiner, said, at('lab2', manager))).toEqual(refused)
  expect(await gate.check(joiner, said, at('lab', joiner))).toEqual(refused)
  expect(await sharedSecretGate('battery staple').check(joiner, said, at('lab', manager))).toEqual(refused)
  for (const wrong of [`${said}A`, said.slice(0, -1), `${said.slice(0, -1)}A`, said.toLowerCase(), 'Bearer correct horse', 'correct horse'])
    expect(await gate.check(joiner, wrong, at('lab', manager)), wrong).toEqual(refused)
  expect(await gate.check(joiner, '', at('lab', manager))).toEqual({ ok: false, reason: expect.stringContaining('no authorization') })
})

test('the secret is in nothing that is said', async () => {
  const gate = sharedSecretGate('correct horse')
  const verdict = await gate.check(joiner, 'wrong', at('lab', manager))
  const said = await gate.authorization({ clusterName: 'lab', managerPeerId: manager, localPeerId: joiner })
  expect(JSON.stringify([verdict, said, gate])).not.toContain('horse')
})

test.each(['', 'a\ud800'])('%j is no secret', (secret) => {
  expect(() => sharedSecretGate(secret)).toThrow(TypeError)
})

test('a list admits those on it, and a change of it later admits nobody', async () => {
  const ids = [joiner]
  const gate = allowListGate(ids)
  ids.push(manager)
  expect(await gate.check(joiner, '', at('lab', manager))).toEqual({ ok: true })
  expect(await gate.check(manager, '', at('lab', manager))).toEqual({ ok: false, reason: `${manager} is not on this cluster's allow-list` })
})
