import { ManualClock } from '@auki/canonical/testing'
import { PeerIdentity } from '@auki/identity'
import { type HttpAnswer, httpCall } from '@auki/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDiscoveryServer, type DiscoveryServer } from './server.ts'

const peer = (seed: number) => PeerIdentity.fromSeed(new Uint8Array(32).fill(seed)).peerId
const alice = { manager_peer_id: peer(1), manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'] }
const bob = {
  manager_peer_id: peer(2),
  manager_multiaddrs: [],
  relay_multiaddrs: [`/dns4/relay.example/tcp/443/wss/p2p/${peer(3)}`],
  instance: 'b-1'
}

let clock: ManualClock
let server: DiscoveryServer

beforeEach(async () => {
  clock = new ManualClock({ wallNs: 1_733_836_800_123_000_000n })
  server = await createDiscoveryServer({ clock })
})
afterEach(() => server.close())

const call = (...args: [string, string, Parameters<typeof httpCall>[3]?]) => httpCall(server.url, ...args)
const etag = (answer: HttpAnswer) => answer.headers.get('etag')!
const revisionOf = (answer: HttpAnswer) => (answer.json as { revision: number }).revision

const rowOfAlice = {
  name: 'lab',
  manager_peer_id: alice.manager_peer_id,
  manager_multiaddrs: alice.manager_multiaddrs,
  relay_multiaddrs: [],
  peer_count: 1,
  created_ns: 1_733_836_800_123_000_000n,
  last_liveness_check_ns: 1_733_836_800_123_000_000n,
  revision: 1_733_836_800_123_001,
  sweep_after_ms: 3_000,
  instance: ''
}

describe('create', () => {
  test('201, the row and its revision as ETag; what is left out is empty', async () => {
    const answer = await call('POST', '/clusters/lab', { body: alice })
    expect([answer.status, answer.json, etag(answer)]).toEqual([201, rowOfAlice, '"1733836800123001"'])
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  })

  test('writes 64-bit integers as digits, every one of them', async () => {
    const { text } = await call('POST', '/clusters/lab', { body: alice })
    expect(text).toContain('"created_ns":1733836800123000000,')
    expect(text).toContain('"last_liveness_check_ns":1733836800123000000,')
  })

  test('takes relays and an instance', async () => {
    expect((await call('POST', '/clusters/lab', { body: bob })).json).toMatchObject(bob)
  })

  test('409 and the present row where there is one, whatever If-Match says', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    for (const headers of [{}, { 'if-match': '*' }, { 'if-match': '"1733836800123001"' }]) {
      const answer = await call('POST', '/clusters/lab', { body: bob, headers })
      expect([answer.status, answer.json]).toEqual([409, { error: 'already-exists', message: expect.any(String), entry: rowOfAlice }])
    }
    expect((await call('GET', '/clusters/lab')).json).toEqual(rowOfAlice)
  })
})

describe('read', () => {
  test('the row, with ETag and never from a cache', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    for (const ifNoneMatch of ['"1733836800123001"', '*']) {
      const answer = await call('GET', '/clusters/lab', { headers: { 'if-none-match': ifNoneMatch } })
      expect([answer.status, answer.json, etag(answer)]).toEqual([200, rowOfAlice, '"1733836800123001"'])
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  test('404 where there is none', async () => {
    const answer = await call('GET', '/clusters/lab')
    expect([answer.status, answer.json]).toEqual([404, { error: 'no-such-cluster', message: 'there is no cluster "lab"; create it' }])
  })

  test('the list, newest first', async () => {
    expect((await call('GET', '/clusters')).json).toEqual({ clusters: [] })
    await call('POST', '/clusters/lab', { body: alice })
    clock.advance(1)
    const newer = await call('POST', '/clusters/A_-9', { body: bob })
    expect((await call('GET', '/clusters')).json).toEqual({ clusters: [newer.json, rowOfAlice] })
  })
})

describe('liveness', () => {
  test('200 and the row stamped anew, under the same revision', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    clock.advance(2_000)
    const answer = await call('POST', '/clusters/lab/liveness', { body: { peer_count: 4_294_967_295 } })
    const stamped = { ...rowOfAlice, peer_count: 4_294_967_295, last_liveness_check_ns: 1_733_836_802_123_000_000n }
    expect([answer.status, answer.json, etag(answer)]).toEqual([200, stamped, '"1733836800123001"'])
  })

  test('keeps the row for three more seconds; without it the row is gone on time', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    clock.advance(2_999)
    expect((await call('POST', '/clusters/lab/liveness', { body: { peer_count: 1 } })).status).toBe(200)
    clock.advance(2_999)
    expect((await call('GET', '/clusters/lab')).status).toBe(200)
    clock.advance(1)
    expect((await call('GET', '/clusters/lab')).status).toBe(404)
    expect((await call('GET', '/clusters')).json).toEqual({ clusters: [] })
    expect((await call('POST', '/clusters/lab/liveness', { body: { peer_count: 1 } })).status).toBe(404)
  })
})

describe('the life of a row', () => {
  const lifeOf = (answer: HttpAnswer) => (answer.json as { sweep_after_ms: number }).sweep_after_ms

  test.each([
    [3_000, 3_000],
    [6_000, 6_000],
    [15_000, 15_000],
    [15_001, 15_000],
    [60_000, 15_000]
  ])('%d ms asked for gives %d ms, by create as by rotate', async (asked, given) => {
    expect(lifeOf(await call('POST', '/clusters/a', { body: { ...alice, row_life_ms: asked } }))).toBe(given)
    await call('POST', '/clusters/b', { body: alice })
    expect(lifeOf(await call('POST', '/clusters/b/manager', { body: { ...bob, row_life_ms: asked } }))).toBe(given)
  })

  test('is kept by refreshes, and by a rotate that does not ask; each row is swept by its own', async () => {
    await call('POST', '/clusters/long', { body: { ...alice, row_life_ms: 10_000 } })
    await call('POST', '/clusters/usual', { body: alice })
    expect(lifeOf(await call('POST', '/clusters/long/liveness', { body: { peer_count: 2 } }))).toBe(10_000)
    expect(lifeOf(await call('POST', '/clusters/long/manager', { body: bob }))).toBe(10_000)
    clock.advance(9_999)
    expect((await call('GET', '/clusters')).json).toMatchObject({ clusters: [{ name: 'long', sweep_after_ms: 10_000 }] })
    clock.advance(1)
    expect((await call('GET', '/clusters/long')).status).toBe(404)
  })

  test("the service's maximum decides, whatever lives it gives by itself", async () => {
    await using strict = await createDiscoveryServer({ sweepAfterMs: 1_000, rowLifeMaxMs: 5_000 })
    const create = async (name: string, more: object) =>
      lifeOf(await httpCall(strict.url, 'POST', `/clusters/${name}`, { body: { ...alice, ...more } }))
    expect([await create('a', { row_life_ms: 6_000 }), await create('b', {}), await create('c', { row_life_ms: 3_000 })]).toEqual([
      5_000, 1_000, 3_000
    ])
  })

  test.each([
    [2_999, 'the integer 2999'],
    [0, 'the integer 0'],
    [-1, 'the integer -1'],
    [60_001, 'the integer 60001'],
    [3_000.5, 'the number 3000.5'],
    ['6000', 'a string'],
    [null, 'null'],
    [true, 'a boolean'],
    [[6_000], 'an array']
  ])('%j is none: 400 that names the field and the range, and no row', async (asked, kind) => {
    const answer = await call('POST', '/clusters/lab', { body: { ...alice, row_life_ms: asked } })
    const message = `row_life_ms must be an integer from 3000 to 60000, not ${kind}`
    expect([answer.status, answer.json]).toEqual([400, { error: 'bad-body', message }])
    expect((await call('GET', '/clusters/lab')).status).toBe(404)
    await call('POST', '/clusters/lab', { body: alice })
    expect((await call('POST', '/clusters/lab/manager', { body: { ...bob, row_life_ms: asked } })).status).toBe(400)
    expect((await call('GET', '/clusters/lab')).json).toEqual(rowOfAlice)
  })
})

describe('rotate', () => {
  test('200, the new Manager, a new revision; age and count stay, the instance does not', async () => {
    await call('POST', '/clusters/lab', { body: bob })
    await call('POST', '/clusters/lab/liveness', { body: { peer_count: 5 } })
    clock.advance(1_000)
    const answer = await call('POST', '/clusters/lab/manager', { body: alice })
    const row = { ...rowOfAlice, peer_count: 5, revision: 1_733_836_800_123_002, last_liveness_check_ns: 1_733_836_801_123_000_000n }
    expect([answer.status, answer.json, etag(answer)]).toEqual([200, row, '"1733836800123002"'])
  })
})

describe('delete', () => {
  test('204 and nothing, then 404', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    const answer = await call('DELETE', '/clusters/lab')
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await call('DELETE', '/clusters/lab')).status).toBe(404)
    expect(revisionOf(await call('POST', '/clusters/lab', { body: alice }))).toBe(1_733_836_800_123_003)
  })

  test('minds no body', async () => {
    await call('POST', '/clusters/lab', { body: alice })
    expect((await call('DELETE', '/clusters/lab', { body: 'no JSON' })).status).toBe(204)
  })
})

describe('If-Match', () => {
  const writes = [
    ['POST', '/clusters/lab/liveness', { peer_count: 2 }],
    ['POST', '/clusters/lab/manager', bob],
    ['DELETE', '/clusters/lab', undefined]
  ] as const

  for (const [method, path, body] of writes) {
    const write = (ifMatch?: string) =>
      call(method, path, { ...(body && { body }), headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } })

    test(`${method} ${path}: made under the present revision, under *, and without`, async () => {
      for (const kind of ['revision', '*', 'none']) {
        await call('DELETE', '/clusters/lab')
        const present = etag(await call('POST', '/clusters/lab', { body: alice }))
        const answer = await write(kind === 'revision' ? present : kind === '*' ? '*' : undefined)
        expect(answer.status, kind).toBe(method === 'DELETE' ? 204 : 200)
      }
    })

    test(`${method} ${path}: 412 with the present row under another revision, and nothing changes`, async () => {
      await call('POST', '/clusters/lab', { body: alice })
      for (const revision of ['"1"', '"0"', '"1733836800123000"', '"9007199254740991"']) {
        const answer = await write(revision)
        expect([answer.status, answer.json]).toEqual([412, { error: 'revision-mismatch', message: expect.any(String), entry: rowOfAlice }])
      }
      expect((await call('GET', '/clusters/lab')).json).toEqual(rowOfAlice)
    })

    test(`${method} ${path}: 404 without a row, before any comparison`, async () => {
      for (const ifMatch of ['"1"', '*', undefined]) expect((await write(ifMatch)).status).toBe(404)
    })

    test(`${method} ${path}: 400 when it is malformed`, async () => {
      await call('POST', '/clusters/lab', { body: alice })
      for (const ifMatch of [
        '1733836800123001',
        '"abc"',
        '""',
        '"1", "2"',
        'W/"1733836800123001"',
        '"01"',
        '"-1"',
        '"9007199254740993"',
        '"1e3"',
        '**'
      ]) {
        const answer = await write(ifMatch)
        expect([answer.status, answer.json], ifMatch).toMatchObject([400, { error: 'bad-if-match' }])
      }
      expect((await call('GET', '/clusters/lab')).json).toEqual(rowOfAlice)
    })
  }

  test('of many rotates at once under one revision one wins', async () => {
    const ifMatch = etag(await call('POST', '/clusters/lab', { body: alice }))
    const rotate = () => call('POST', '/clusters/lab/manager', { body: bob, headers: { 'if-match': ifMatch } })
    const statuses = (await Promise.all(Array.from({ length: 8 }, rotate))).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(412)])
  })
})

describe('every answer', () => {
  test('names the version of the contract, is not stored, and may be read from any origin', async () => {
    const requests: [string, string, Parameters<typeof httpCall>[3]?][] = [
      ['GET', '/clusters'],
      ['POST', '/clusters/lab', { body: alice }],
      ['POST', '/clusters/lab', { body: alice }],
      ['POST', '/clusters/lab', { body: '{' }],
      ['POST', '/clusters/lab', { body: 'x'.repeat(70_000) }],
      ['GET', '/clusters/nobody'],
      ['GET', '/clusters/%zz'],
      ['GET', '/no/such/route'],
      ['PUT', '/clusters/lab'],
      ['HEAD', '/clusters/watch'],
      ['OPTIONS', '/clusters/lab'],
      ['DELETE', '/clusters/lab'],
      ['GET', '/healthz'],
      ['GET', '/readyz'],
      ['GET', '/metrics'],
      ['GET', '/openapi.json']
    ]
    for (const request of requests) {
      const { headers } = await call(...request)
      expect(headers.get('auki-discovery-version'), request.join(' ')).toBe('2')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.get('access-control-expose-headers')).toBe('ETag, Auki-Discovery-Version')
    }
  })

  test('to a preflight allows the methods, our headers, and those asked for that begin with Auki-', async () => {
    for (const path of ['/clusters/lab', '/clusters/lab/manager', '/anything']) {
      const headers = {
        origin: 'https://app.example',
        'access-control-request-method': 'DELETE',
        'access-control-request-headers': 'if-match, Auki-Trace, x-other, auki-bad\theader'
      }
      const answer = await call('OPTIONS', path, { headers })
      expect(answer.status).toBe(204)
      expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE')
      expect(answer.headers.get('access-control-allow-headers')).toBe(
        'if-match, authorization, content-type, content-digest, signature, signature-input, auki-trace'
      )
    }
  })
})
