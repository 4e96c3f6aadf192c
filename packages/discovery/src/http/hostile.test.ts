/** Whatever comes in, the answer says what is wrong with it, and the service goes on. */
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Json } from '@auki/canonical'
import { PeerIdentity } from '@auki/identity'
import { httpCall } from '@auki/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { answerUnreadable } from './frame.ts'
import { createDiscoveryServer, type DiscoveryServer } from './server.ts'

const peerId = PeerIdentity.fromSeed(new Uint8Array(32)).peerId
const claim = { manager_peer_id: peerId, manager_multiaddrs: ['/ip4/10.0.0.1/tcp/4001'] }
const failures: unknown[] = []

let server: DiscoveryServer

beforeAll(async () => {
  server = await createDiscoveryServer({
    sweepAfterMs: 60_000,
    log: (line) => {
      if (line.event === 'request-failed') failures.push(line.error)
    }
  })
})
beforeEach(async () => {
  await httpCall(server.url, 'DELETE', '/clusters/lab')
  expect((await httpCall(server.url, 'POST', '/clusters/lab', { body: claim })).status).toBe(201)
})
afterAll(async () => {
  await server.close()
  expect(failures).toEqual([])
})

type Sent = Parameters<typeof httpCall>[3]

async function refused(method: string, path: string, sent: Sent, status: number, error: string, message: RegExp): Promise<void> {
  const answer = await httpCall(server.url, method, path, sent)
  expect([answer.status, answer.json], `${method} ${path} ${String(sent?.body).slice(0, 80)}`).toEqual([
    status,
    { error, message: expect.stringMatching(message) }
  ])
  expect((await httpCall(server.url, 'GET', '/clusters/lab')).json).toMatchObject(claim)
}

const withBody = ['/clusters/lab', '/clusters/lab/liveness', '/clusters/lab/manager']

describe.each(withBody)('POST %s', (path) => {
  test.each<[string, Json | Uint8Array<ArrayBuffer>, RegExp]>([
    ['nothing', '', /the body is empty; send a JSON object/],
    ['no JSON', '{"manager_peer_id":', /not JSON/],
    ['two values', '{} {}', /not JSON/],
    [
      'bytes that are no UTF-8',
      new Uint8Array([...new TextEncoder().encode('{"x":"'), 0xff, ...new TextEncoder().encode('"}')]),
      /not JSON/
    ],
    ['null', null, /must be a JSON object, not null/],
    ['an array', [claim], /must be a JSON object, not an array/],
    ['a string', '"text"', /must be a JSON object, not a string/],
    ['a number', '17', /must be a JSON object, not the integer 17/],
    ['an empty object', {}, /is missing from the body/],
    ['keys of the prototype only', '{"__proto__":{"peer_count":1},"constructor":1}', /is missing from the body/],
    ['deep nesting', `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, /more than 100 values/],
    ['a number beyond all doubles', '{"peer_count":1e999}', /not JSON/]
  ])('400: %s', (_what, body, message) => refused('POST', path, { body }, 400, 'bad-body', message))

  test('413: more than 64 KiB, announced or in chunks', async () => {
    await refused('POST', path, { body: 'x'.repeat(64 * 1024 + 1) }, 413, 'body-too-large', /64 KiB/)
    expect(
      await raw(
        `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n11000\r\n${'x'.repeat(0x11000)}\r\n0\r\n\r\n`
      )
    ).toMatch(/^HTTP\/1.1 413 .*"error":"body-too-large"/s)
  })

  test('a body of exactly 64 KiB is read', () =>
    refused('POST', path, { body: `{"pad":"${'x'.repeat(64 * 1024 - 10)}"}` }, 400, 'bad-body', /is missing from the body/))

  test('415: encoded, or no JSON by its own account', async () => {
    for (const encoding of ['gzip', 'identity, gzip', 'x']) {
      const headers = { 'content-encoding': encoding }
      await refused('POST', path, { body: claim, headers }, 415, 'unsupported-media-type', /is encoded as .*without Content-Encoding/)
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonish', '', '/', 'application/json garbage']) {
      await refused(
        'POST',
        path,
        { body: new TextEncoder().encode('{}'), headers: { 'content-type': type } },
        415,
        'unsupported-media-type',
        /application\/json/
      )
    }
  })
})

describe.each(['/clusters/lab', '/clusters/lab/manager'])('the claim in POST %s', (path) => {
  test.each<[Json, string, RegExp]>([
    [{ manager_peer_id: 5 }, 'bad-body', /manager_peer_id must be a string, not the integer 5/],
    [{ manager_peer_id: null }, 'bad-body', /manager_peer_id must be a string, not null/],
    [{ manager_peer_id: '' }, 'bad-peer-id', /"" is not a peer id/],
    [{ manager_peer_id: 'x'.repeat(60_000) }, 'bad-peer-id', /^.{0,200}$/],
    [{ manager_peer_id: `${peerId}1` }, 'bad-peer-id', /is not a peer id/],
    [{ manager_multiaddrs: '/ip4/1.2.3.4/tcp/1' }, 'bad-body', /manager_multiaddrs must be an array of multiaddrs, not a string/],
    [{ manager_multiaddrs: {} }, 'bad-body', /must be an array of multiaddrs, not an object/],
    [{ manager_multiaddrs: [['/ip4/1.2.3.4']] }, 'bad-body', /manager_multiaddrs\[0\] must be a multiaddr string, not an array/],
    [
      { manager_multiaddrs: ['/ip4/1.2.3.4/tcp/1', '/ip4/1.2.3.999/tcp/1'] },
      'bad-multiaddr',
      /manager_multiaddrs\[1\] ".*" is not a multiaddr/
    ],
    [{ manager_multiaddrs: ['10.0.0.1:80'] }, 'bad-multiaddr', /is not a multiaddr/],
    [{ manager_multiaddrs: ['/unheard-of/1'] }, 'bad-multiaddr', /is not a multiaddr/],
    [
      { manager_multiaddrs: ['/ip4/1.2.3.4/tcp/1', '/ip4/1.2.3.4/tcp/1/p2p/QmInvalid'] },
      'bad-multiaddr',
      /^manager_multiaddrs\[1\] "\/ip4\/1\.2\.3\.4\/tcp\/1\/p2p\/QmInvalid" is not a multiaddr/
    ],
    [{ manager_multiaddrs: [`/ip4/1.2.3.4/tcp/1/p2p/QmX/p2p-circuit/p2p/${peerId}`] }, 'bad-multiaddr', /"QmX" is not a peer id/],
    [{ manager_multiaddrs: ['/ip4/1.2.3.4/udp/1/webrtc-direct/certhash/uAAAA'] }, 'bad-multiaddr', /certhash\/uAAAA" is not a multiaddr/],
    [{ manager_multiaddrs: ['/ip4/1.2.3.4/tcp/65536'] }, 'bad-multiaddr', /tcp\/65536" is not a multiaddr/],
    [{ manager_multiaddrs: ['/ip4/1.2.3.4/sctp/65536'] }, 'bad-multiaddr', /sctp\/65536" is not a multiaddr/],
    [{ manager_multiaddrs: ['/dns4/a\ud800'] }, 'bad-multiaddr', /do not show/],
    [{ relay_multiaddrs: ['/dns4/a\u202eb'] }, 'bad-multiaddr', /^relay_multiaddrs\[0\] .* do not show/],
    [{ relay_multiaddrs: ['/ip4/1.2.3.4/p2p/QmInvalid'] }, 'bad-multiaddr', /^relay_multiaddrs\[0\] .*QmInvalid/],
    [{ manager_multiaddrs: [''] }, 'bad-multiaddr', /empty/],
    [{ manager_multiaddrs: ['/'] }, 'bad-multiaddr', /empty/],
    [{ manager_multiaddrs: Array(17).fill('/ip4/1.2.3.4') }, 'bad-body', /17 addresses; send at most 16/],
    [{ manager_multiaddrs: [`/dns4/${'a'.repeat(512)}`] }, 'bad-multiaddr', /longer than 512 characters/],
    [{ relay_multiaddrs: null }, 'bad-body', /relay_multiaddrs must be an array of multiaddrs, not null/],
    [{ relay_multiaddrs: ['nonsense'] }, 'bad-multiaddr', /relay_multiaddrs\[0\]/],
    [{ relay_multiaddrs: Array(17).fill('/ip4/1.2.3.4') }, 'bad-body', /send at most 16/],
    [{ instance: 7 }, 'bad-body', /instance must be a string/],
    [{ instance: null }, 'bad-body', /instance must be a string, not null/],
    [{ instance: 'x'.repeat(65) }, 'bad-body', /instance is longer than 64 characters/],
    [{ instance: 'a\ud800' }, 'bad-body', /instance has a lone surrogate/]
  ])('400: %j', async (change, error, message) => {
    await refused('POST', path, { body: { ...claim, ...(change as object) } }, 400, error, message)
  })

  test('400: a required key is missing', async () => {
    await refused('POST', path, { body: { manager_peer_id: peerId } }, 400, 'bad-body', /manager_multiaddrs is missing/)
    await refused('POST', path, { body: { manager_multiaddrs: [] } }, 400, 'bad-body', /manager_peer_id is missing/)
  })
})

test('a claim at every limit is taken, and unknown keys are ignored', async () => {
  const longest = `/dns4/${'a'.repeat(506)}`
  const limit = {
    manager_peer_id: peerId,
    manager_multiaddrs: Array(16).fill(longest),
    relay_multiaddrs: Array(16).fill(longest),
    instance: '\u{1F980}'.repeat(64)
  }
  const answer = await httpCall(server.url, 'POST', '/clusters/lab/manager', {
    body: { ...limit, revision: 1, peer_count: 9, name: 'evil', more: [{}] }
  })
  expect([answer.status, answer.json]).toMatchObject([200, { ...limit, name: 'lab', peer_count: 1 }])
})

describe('peer_count', () => {
  test.each([
    ['1.5', /not the number 1.5/],
    ['1e-1', /not the number 0.1/],
    ['4294967295.5', /not the number 4294967295.5/],
    ['4294967296.0', /not the integer 4294967296/],
    ['1e300', /not the integer 1e\+300/],
    ['-1', /not the integer -1/],
    ['4294967296', /not the integer 4294967296/],
    ['18446744073709551615', /not the integer 18446744073709551615/],
    ['9'.repeat(60_000), /not/],
    ['"1"', /an integer from 0 to 4294967295, not a string/],
    ['true', /not a boolean/],
    ['null', /not null/],
    ['[1]', /not an array/]
  ])('400: %s', (token, message) =>
    refused('POST', '/clusters/lab/liveness', { body: `{"peer_count":${token}}` }, 400, 'bad-body', message)
  )

  test('0 and the largest u32 are counts, however JSON writes an integer; of equal keys the last one counts; others are ignored', async () => {
    for (const [body, count] of [
      ['{"peer_count":0}', 0],
      ['{"peer_count":4294967295}', 4_294_967_295],
      ['{"peer_count":1.0}', 1],
      ['{"peer_count":1e3}', 1_000],
      ['{"peer_count":4294967295.0}', 4_294_967_295],
      ['{"peer_count":-0}', 0],
      ['{"peer_count":"x","x":1.5,"peer_count":7}', 7]
    ] as const) {
      const answer = await httpCall(server.url, 'POST', '/clusters/lab/liveness', { body })
      expect([answer.status, answer.json]).toMatchObject([200, { peer_count: count }])
      expect(answer.text).toContain(`"peer_count":${count},`)
    }
  })
})

describe('names', () => {
  const routes = [
    ['GET', ''],
    ['POST', ''],
    ['DELETE', ''],
    ['POST', '/liveness'],
    ['POST', '/manager'],
    ['GET', '/watch']
  ] as const
  const bad = ['a b', 'a.b', 'ä', 'a/b', '...', 'a\0', "a'b", 'x'.repeat(65), 'x'.repeat(8_000)]

  test.each(routes)('%s /clusters/{name}%s: 400 for what is no name, and for the reserved one', async (method, rest) => {
    const body = method === 'POST' ? { body: { ...claim, peer_count: 1 } } : {}
    for (const name of bad)
      await refused(method, `/clusters/${encodeURIComponent(name)}${rest}`, body, 400, 'bad-name', /is not a cluster name/)
    if (method !== 'GET' || rest !== '') await refused(method, `/clusters/watch${rest}`, body, 400, 'reserved-name', /reserved/)
  })

  test('64 characters are a name, in any case', async () => {
    const name = 'aZ_-09'.padEnd(64, 'x')
    expect((await httpCall(server.url, 'POST', `/clusters/${name}`, { body: claim })).status).toBe(201)
    expect((await httpCall(server.url, 'GET', `/clusters/${name.toUpperCase()}`)).status).toBe(404)
  })
})

describe('paths and methods', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/clusters/lab/liveness'],
    ['GET', '/clusters/lab/else'],
    ['POST', '/clusters'],
    ['PUT', '/clusters/lab'],
    ['PATCH', '/clusters/lab'],
    ['DELETE', '/clusters'],
    ['POST', '/clusters/lab/watch'],
    ['GET', `/${'a/'.repeat(3_000)}`]
  ])('404: %s %s', (method, path) => refused(method, path, {}, 404, 'no-such-route', /there is no .*; see \/openapi\.json/))

  test('400: a path that cannot be decoded', () => refused('GET', '/clusters/%E0%A4%A', {}, 400, 'bad-request', /cannot be read/))
})

// 80 and 200 characters are shown of a text that is refused: a character of two halves at that place stays out as a whole.
test('no refusal cuts a character in two', async () => {
  for (const shift of [0, 1]) {
    const text = `${'x'.repeat(shift)}${'😀'.repeat(200)}`
    const answers = [
      await httpCall(server.url, 'POST', '/clusters/lab', { body: { ...claim, manager_peer_id: text } }),
      await httpCall(server.url, 'POST', '/clusters/lab', { body: { ...claim, manager_multiaddrs: [text] } }),
      await httpCall(server.url, 'GET', `/clusters/${encodeURIComponent(text)}`),
      await httpCall(server.url, 'GET', `/${encodeURIComponent(text)}`)
    ]
    for (const { status, json } of answers) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect((json as { message: string }).message).toMatch(/^(?!.*\\ud[89a-f])\P{Surrogate}*$/u) // neither as it is nor escaped
    }
  }
})

describe('what is no HTTP', () => {
  test.each([
    ['words', 'hello there\r\n\r\n', 400, 'bad-request'],
    ['a method nobody knows', 'BREW /clusters HTTP/1.1\r\nhost: a\r\n\r\n', 400, 'bad-request'],
    ['a length that is no number', 'POST /clusters/lab HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n', 400, 'bad-request'],
    ['a request without a Host header', 'GET /clusters HTTP/1.1\r\n\r\n', 400, 'bad-request'],
    ['headers without end', `GET /clusters HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}`, 431, 'headers-too-large']
  ])('%s', async (_what, text, status, error) => {
    const answer = await raw(text)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*auki-discovery-version: 2.*"error":"${error}","message":".+"}$`, 's'))
    expect((await httpCall(server.url, 'GET', '/clusters/lab')).status).toBe(200)
  })

  test('a request that does not arrive in time is told so', async () => {
    const { promise: received, resolve } = Promise.withResolvers<string>()
    const socket = Object.assign(new PassThrough(), { writable: true })
    socket.setEncoding('utf8').once('data', resolve)
    answerUnreadable(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket as unknown as Socket)
    expect(await received).toMatch(/^HTTP\/1\.1 408 .*"error":"request-timeout","message":".+"}$/s)
  })

  test('an expectation that nobody knows is passed over', async () => {
    expect(await raw('GET /healthz HTTP/1.1\r\nhost: a\r\nexpect: wonders\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200 .*auki-discovery-version: 2/s
    )
  })

  test('a client that goes away in the middle of its body', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('POST /clusters/lab/liveness HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"peer')
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.destroy()
    expect((await httpCall(server.url, 'GET', '/clusters/lab')).status).toBe(200)
  })
})

/** Sends text as it is; the answer up to the end of the connection. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}
