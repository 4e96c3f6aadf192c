/** The commands that say how a cluster and a machine are: peers, ping, doctor; and completion, as a shell does it. All in this process. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joined } from 'node:path'
import { createDiscoveryServer } from '@auki/discovery'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { CliError } from '../errors.ts'
import { run } from '../main.ts'
import { type FakeHost, fakeHost, runHere } from '../testing/fake-host.ts'

interface Running {
  readonly host: FakeHost
  /** Stops it; resolves to its exit code. */
  stop(): Promise<number>
}

/** Runs a command that goes on until it is stopped; resolves once it has printed what `has` matches. */
async function running(args: readonly string[], has: RegExp): Promise<Running> {
  const stop = new AbortController()
  const host = fakeHost({ stop: stop.signal })
  const ended = run(args, host)
  await vi.waitUntil(() => has.test(host.printed.stdout), { timeout: 60_000, interval: 20 })
  return {
    host,
    stop: () => {
      stop.abort(new CliError('interrupted', 'stopped', { by: 'SIGINT' }))
      return ended
    }
  }
}

const join = (url: string, name: string, cluster = 'lab') =>
  running(['join', cluster, '--name', name, '--discovery', url, '--listen', '/ip4/127.0.0.1/tcp/0'], /joined/)

const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('in a cluster of a robot and a relay', () => {
  let url: string
  const started: Running[] = []
  beforeAll(async () => {
    const service = await running(
      ['discovery', '--port', '0', '--relay', '--relay-listen', '/ip4/127.0.0.1/tcp/0', '--json'],
      /"event":"listening"/
    )
    url = String(objects(service.host.printed.stdout)[0]!['url'])
    started.push(await join(url, 'robot'), service)
  }, 60_000)
  afterAll(async () => {
    for (const one of started) expect(await one.stop()).toBe(0)
  })

  test('peers lists who is there and how each is reached, without ourselves', async () => {
    const { code, stdout, stderr } = await runHere(['peers', 'lab', '--json', '--discovery', url])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const rows = objects(stdout)
    expect(rows.find(({ name }) => name === 'robot')).toMatchObject({
      role: 'manager',
      connected: true,
      relayed: false,
      address: expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/),
      rttMs: expect.any(Number),
      silentMs: expect.any(Number)
    })
    expect(rows.every(({ name }) => name === 'robot' || name === 'relay')).toBe(true)
    const { stdout: table } = await runHere(['peers', 'lab', '--discovery', url])
    expect(table).toMatch(/^PEER +ROLE +ADDRESS +RTT +HEARD\n/)
    expect(table).toMatch(/^robot ·\w{4} +Manager +127\.0\.0\.1:\d+ +[\d.]+ (µs|ms) +(now|\d+ \w+ ago)$/m)
  })

  test('ping tells of each answer, the way, and the clock, and sums up', async () => {
    const { code, stdout, stderr } = await runHere(['ping', 'lab', 'robot', '--count', '2', '--json', '--discovery', url])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [first, second, summary] = objects(stdout)
    expect(first).toMatchObject({ event: 'pong', seq: 1, rttMs: expect.any(Number), relayed: false })
    expect(second).toMatchObject({ event: 'pong', seq: 2, offsetNs: expect.any(Number), uncertaintyNs: expect.any(Number) })
    expect(summary).toMatchObject({ event: 'summary', sent: 2, received: 2, lossPercent: 0, medianMs: expect.any(Number) })
  })

  test('stopped, ping sums up, and that is no failure', async () => {
    const ping = await running(
      ['ping', 'lab', 'robot', '--discovery', url],
      /^1 {2}robot ·\w{4} {2}[\d.]+ (µs|ms) {2}direct 127\.0\.0\.1:\d+/m
    )
    expect(await ping.stop()).toBe(0)
    expect(ping.host.printed.stdout).toMatch(/\nrobot ·\w{4}: \d+ sent, \d+ answered, 0 % lost\nround trip min\/median\/max .+\n$/)
  })

  test('who is not there is refused at once; --wait waits, and --timeout bounds it', async () => {
    const refused = await runHere(['ping', 'lab', 'phone', '--discovery', url])
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^auki: no such peer in lab: "phone"; it has robot ·\w{4}; [^\n]+--wait\n$/)
    })
    const late = await runHere(['catalog', 'lab', 'phone', '--wait', '--timeout', '2s', '--discovery', url])
    expect(late).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^auki: waited 2 s for "phone" [^\n]+\n$/) })
    const waiting = runHere(['ping', 'lab', 'phone', '--wait', '--count', '1', '--json', '--discovery', url])
    started.unshift(await join(url, 'phone'))
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{"event":"pong"/) })
  })

  test('--wait waits for a cluster, too', async () => {
    const waiting = runHere(['ping', 'hall', 'robot', '--wait', '--count', '1', '--json', '--discovery', url])
    const robot = await join(url, 'robot', 'hall')
    expect(await waiting).toMatchObject({ code: 0, stderr: '' })
    await robot.stop()
  })

  test('contexts, and names of clusters for a shell, are used where no service is named', async () => {
    const configDirectory = await mkdtemp(joined(tmpdir(), 'auki-tools-'))
    onTestFinished(() => rm(configDirectory, { recursive: true }))
    const here = (...args: string[]) => runHere(args, fakeHost({ configDirectory }))
    await here('context', 'add', 'here', url)
    expect(await here('ls', '--no-header')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^lab /) })
    expect(await here('complete', '--', 'peers', 'l')).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^words\nlab \w+ members\n$/),
      stderr: ''
    })
    expect((await here('complete', '--', 'peers', 'x')).stdout).toBe('words\n')
    await writeFile(joined(configDirectory, 'contexts.json'), '{')
    expect(await here('ls')).toMatchObject({ code: 1, stderr: expect.stringMatching(/^auki: the contexts in [^\n]+\n$/) })
    expect(await here('ls', '--discovery', url)).toMatchObject({ code: 0, stderr: '' })
    expect((await here('complete', '--', 'peers', '')).stdout).toBe('words\n')
  })

  test('doctor finds nothing wrong', async () => {
    const { code, stdout } = await runHere(['doctor', '--json', '--discovery', url])
    const findings = objects(stdout)
    expect(findings.map(({ check }) => check)).toEqual(['node', 'ports', 'addresses', 'ipv6', 'discovery', 'clock', 'events', 'relay'])
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    expect(findings.at(-1)?.['text']).toMatch(/^a relay has a place for a peer here: \/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\w+$/)
    expect(code).toBe(0)
  })
})

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('without Discovery doctor says so, with what to do, and fails; other commands say it in a line', async () => {
  const server = createServer()
  const url = await listening(server)
  server.close()
  const { code, stdout, stderr } = await runHere(['doctor', '--discovery', url])
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^fail {2}discovery {2}no Discovery service at \S+: nobody listens there\n +→ start one here with "auki discovery"/m
  )
  expect(stdout).toMatch(/^ok {4}node /m)
  expect(stdout).not.toMatch(/^\w+ +(clock|events|relay) /m)
  expect(stderr).toBe('auki: a check has failed: discovery; what to do is said there\n')
  const line = `auki: no Discovery service at ${url}: nobody listens there; start one here with "auki discovery", or name another with --discovery; "auki doctor" tells more\n`
  for (const args of [['ls'], ['watch', 'lab']]) {
    expect(await runHere([...args, '--discovery', url])).toEqual({ code: 1, stdout: '', stderr: line })
  }
})

/** A proxy that lets no answer through before it has all of it, by a clock that is an hour behind. */
async function proxyTo(url: string): Promise<string> {
  const server = createServer((asked, answer) => {
    const onward = request(new URL(asked.url!, url), { method: asked.method, headers: asked.headers }, async (got) => {
      const chunks = await got.toArray().catch(() => undefined)
      if (chunks === undefined) return
      answer.writeHead(got.statusCode!, { ...got.headers, date: new Date(Date.now() - 3_600_000).toUTCString() })
      answer.end(Buffer.concat(chunks))
    })
    asked.pipe(onward.on('error', () => answer.destroy()))
    answer.on('close', () => onward.destroy())
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}

test('doctor sees a proxy that holds events back, a clock that is off, and a relay that is gone', async () => {
  await using service = await createDiscoveryServer()
  const relay = `/ip4/127.0.0.1/tcp/1/p2p/12D3KooWAYojmPkcHq5zQegYFmmqL1JR2G3QEZJPi3Nrg9T5Wsgp`
  const claim = { manager_peer_id: relay.split('/').at(-1), manager_multiaddrs: ['/ip4/127.0.0.1/tcp/1'], relay_multiaddrs: [relay] }
  const made = await fetch(`${service.url}/clusters/lab`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...claim, peer_count: 1, row_life_ms: 15_000 })
  })
  expect(await made.text()).toContain('lab')
  const { code, stdout } = await runHere(['doctor', '--json', '--discovery', await proxyTo(service.url)])
  const verdicts = Object.fromEntries(objects(stdout).map(({ check, verdict, next }) => [check, [verdict, next]]))
  expect(verdicts).toMatchObject({
    discovery: ['ok', undefined],
    clock: ['warn', expect.stringContaining('NTP')],
    events: ['warn', expect.stringContaining('proxy_buffering off')],
    relay: ['fail', expect.stringContaining('port is open')]
  })
  expect(code).toBe(1)
})

test('a service on all interfaces names an address that others can use', async () => {
  const service = await running(['discovery', '--host', '0.0.0.0', '--port', '0', '--json'], /\n/)
  const [line] = objects(service.host.printed.stdout)
  const urls = (line?.['urls'] ?? [line?.['url']]) as string[]
  expect(urls[0]).toBe(line?.['url'])
  expect(urls.every((one) => /^http:\/\/(?!0\.0\.0\.0)[\d.]+:\d+$/.test(one))).toBe(true)
  expect(await service.stop()).toBe(0)
})
