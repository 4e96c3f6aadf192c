/** The commands that say how a cluster and a machine are: peers, ping, doctor; and completion, as a shell does it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AukiChild } from '../../packages/cli/src/child.ts'
import { at, auki, bundle, discovery, event, finished, launch, raw, start, stop } from './support.ts'

const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('in a cluster of two robots, one of them without an address', () => {
  let url: string
  const running: AukiChild[] = []
  beforeAll(async () => {
    const service = launch(['discovery', '--port', '0', '--relay', '--relay-listen', '/ip4/127.0.0.1/tcp/0', '--json'])
    url = String((await event(service, 'listening'))['url'])
    const robot = launch(['join', 'lab', '--name', 'robot', ...at(url), '--json'])
    running.push(robot, service)
    await event(robot, 'joined')
    return () => Promise.all(running.map((child) => stop(child, 'SIGTERM')))
  })

  test('peers lists who is there and how each is reached, without ourselves', async () => {
    const look = start('watch', 'lab', '--discovery', url, '--json')
    await event(look, 'joined')
    const { code, stdout, stderr } = await auki('peers', 'lab', '--json', '--discovery', url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [robot, ...others] = objects(stdout)
    expect(robot).toMatchObject({
      name: 'robot',
      role: 'manager',
      connected: true,
      relayed: false,
      address: expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/),
      rttMs: expect.any(Number),
      silentMs: expect.any(Number)
    })
    expect(others.map(({ name, role }) => ({ name, role }))).toEqual(
      expect.arrayContaining([
        { name: 'auki watch', role: 'observer' },
        { name: 'relay', role: 'observer' }
      ])
    )
    const table = await auki('peers', 'lab', '--discovery', url)
    expect(table.stdout).toMatch(
      /^PEER +ROLE +ADDRESS +RTT +HEARD\nrobot ·\w{4} +Manager +\/ip4\/127\.0\.0\.1\/tcp\/\d+ +[\d.]+ (µs|ms) +\S/
    )
  })

  test('ping tells of each answer and sums up; the relay is pinged, too', async () => {
    const { code, stdout, stderr } = await auki('ping', 'lab', 'robot', '--count', '2', '--json', '--discovery', url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [first, second, summary] = objects(stdout)
    expect(first).toMatchObject({ event: 'pong', seq: 1, rttMs: expect.any(Number), relayed: false })
    expect(second).toMatchObject({ event: 'pong', seq: 2, offsetNs: expect.any(Number), uncertaintyNs: expect.any(Number) })
    expect(summary).toMatchObject({ event: 'summary', sent: 2, received: 2, lossPercent: 0 })
  })

  test('stopped, ping sums up and that is no failure', async () => {
    const ping = start('ping', 'lab', 'robot', '--json', '--discovery', url)
    await event(ping, 'pong')
    expect(await stop(ping, 'SIGINT')).toBe(0)
    expect(ping.last('summary')).toMatchObject({ lossPercent: 0 })
  })

  test('who is not there is refused at once; --wait waits, and --timeout bounds it', async () => {
    const refused = await auki('ping', 'lab', 'phone', '--discovery', url)
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^auki: no such peer in lab: "phone"; it has robot ·\w{4}; .*--wait\n$/)
    })
    const late = await auki('ping', 'lab', 'phone', '--wait', '--timeout', '3s', '--discovery', url)
    expect(late).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^auki: waited 3 s for "phone" to come into lab; [^\n]+\n$/)
    })
    const waiting = start('ping', 'lab', 'phone', '--wait', '--count', '1', '--json', '--discovery', url)
    running.unshift(launch(['join', 'lab', '--name', 'phone', ...at(url), '--json']))
    await event(waiting, 'pong')
  })

  test('doctor finds nothing wrong, and has a place at the relay', async () => {
    const { code, stdout } = await auki('doctor', '--json', '--discovery', url)
    const findings = objects(stdout)
    expect(findings.map(({ check }) => check)).toEqual(['node', 'ports', 'addresses', 'ipv6', 'discovery', 'clock', 'events', 'relay'])
    expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([])
    expect(code).toBe(0)
  })
})

test('without Discovery doctor says so, with what to do, and fails', async () => {
  const { code, stdout, stderr } = await auki('doctor', '--discovery', 'http://127.0.0.1:9')
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^fail {2}discovery {2}no Discovery service at http:\/\/127\.0\.0\.1:9: nobody listens there\n +→ start one here with "auki discovery"/m
  )
  expect(stdout).toMatch(/^ok {4}node /m)
  expect(stdout).not.toMatch(/^\w+ +(clock|events|relay) /m)
  expect(stderr).toBe('auki: a check has failed: discovery; what to do is said there\n')
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
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('doctor sees a proxy that holds events back, and a clock that is off', async () => {
  const { code, stdout } = await auki('doctor', '--json', '--discovery', await proxyTo(await discovery()))
  const verdicts = Object.fromEntries(objects(stdout).map(({ check, verdict, next }) => [check, [verdict, next]]))
  expect(verdicts).toMatchObject({
    discovery: ['ok', undefined],
    clock: ['warn', expect.stringContaining('NTP')],
    events: ['warn', expect.stringContaining('proxy_buffering off')]
  })
  expect(code).toBe(0)
})

test('a shell that has sourced the script completes commands, options, choices and names of clusters', async () => {
  const url = await discovery()
  await event(start('join', 'hall', ...at(url), '--json'), 'joined')
  const script = `
    auki() { "${process.execPath}" "${bundle}" "$@"; }
    source <(auki completion bash)
    for line in 'auki jo' 'auki join hall --targ' 'auki join hall --target cr' 'auki join hall --sensor lidar:' 'auki peers ha'; do
      COMP_LINE=$line COMP_POINT=\${#line}; _auki; echo "$line: \${COMPREPLY[*]}"
    done`
  const shell = spawn('bash', ['--norc', '-c', script], {
    env: { ...process.env, AUKI_DISCOVERY_URL: url },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  expect(await finished(shell)).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'auki jo: join',
      'auki join hall --targ: --target',
      'auki join hall --target cr: create',
      'auki join hall --sensor lidar:: synthetic',
      'auki peers ha: hall',
      ''
    ].join('\n')
  })
})

test('a service on all interfaces names an address that others can use', async () => {
  const [line] = objects((await firstLine(raw(['discovery', '--host', '0.0.0.0', '--port', '0', '--json']))) ?? '')
  expect(line).toMatchObject({ event: 'listening', url: expect.stringMatching(/^http:\/\/[\d.]+:\d+$/) })
  const urls = (line?.['urls'] ?? [line?.['url']]) as string[]
  expect(urls[0]).toBe(line?.['url'])
  expect(urls.every((one) => !one.includes('0.0.0.0'))).toBe(true)
})

async function firstLine(child: ReturnType<typeof raw>): Promise<string> {
  const [text] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
  return text
}
