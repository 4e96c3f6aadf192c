/** A member whose every word is meant for the terminal of who looks at it: nothing of it may steer that, whatever the command. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDiscoveryServer, type DiscoveryServer } from '@auki/discovery'
import { ClusterTarget, Domain, Peer, PeerIdentity, type ResourceEntry, type Session, Wallet } from '@auki/domain'
import { McapWriter } from '@mcap/core'
import stringWidth from 'string-width'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CliError } from '../../packages/cli/src/errors.ts'
import { type FakeHostInit, fakeHost, runHere } from '../../packages/cli/src/testing/fake-host.ts'
import { MemoryFile } from '../mcap/support.ts'

/** Everything that steers a terminal or hides in it, and what is not allowed in ids besides. */
const evil = 'a\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egnp\u2066\u2028\u2029\u200b\ufeff\u3164\u{e0041}\r\nauki: all is well\t\x00z'
const evilId = 'cam\u202e\u2066\u2028\u200b\u{e0041}era'
const steering = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u3164]/u

let service: DiscoveryServer
let session: Session
let domain: Domain
beforeAll(async () => {
  service = await createDiscoveryServer()
  const peer = new Peer({ identity: PeerIdentity.fromWallet(Wallet.generate()), appId: evil })
  session = await peer.startSession()
  const daemonInfo = { name: evil, appInstance: evil }
  const listen = ['/ip4/127.0.0.1/tcp/0']
  domain = await Domain.join(peer, session, { target: ClusterTarget.create('lab'), discoveryUrl: service.url, daemonInfo, listen })
})
afterAll(async () => {
  await domain.leave()
  await session.end()
  await service.close()
})

const clock = { peerId: 'p', id: evilId, hash: 'h' }
function row(resourceId: string, type: string): ResourceEntry {
  const { peerId: sourcePeerId } = session
  const available = { bytes: 1_234_567n, entries: 300n, durationNs: 10_000_000_000n }
  const sensor = { kind: 'camera', type, sensorId: evilId, sensorHash: 'h' } as const
  const common = { sourcePeerId, writerPeerId: sourcePeerId, resourceId, state: evil, available }
  return { ...common, variant: 'sensor_log', sensor, manifest: { clock } }
}

const offer = (...rows: ResourceEntry[]): void => domain.clusterManager.setResourceCatalogProvider({ snapshot: () => rows })

/** Runs a command in this process until `enough` holds of what it has printed, then stops it. */
async function seen(args: readonly string[], init: FakeHostInit, enough: (printed: string) => boolean) {
  const stop = new AbortController()
  const host = fakeHost({ ...init, stop: stop.signal })
  const running = runHere([...args, '--discovery', service.url], host)
  const timer = setInterval(() => {
    if (enough(host.printed.stdout)) stop.abort(new CliError('interrupted', 'stopped', { by: 'SIGINT' }))
  }, 20)
  const ended = await running
  clearInterval(timer)
  return ended
}

const never = (): boolean => false

const commands = [
  ['ls', never],
  ['info lab', never],
  ['catalog lab', never],
  [`info lab ${evil}`, never],
  [`tail lab ${evil.slice(0, 2)} camera`, never],
  ['watch lab', (printed: string) => printed.includes('joined')],
  ['watch lab --streams', (printed: string) => printed.includes('joined')],
  ['clock lab', (printed: string) => printed.includes('domain')],
  ['join lab --name x --listen /ip4/127.0.0.1/tcp/0', (printed: string) => printed.includes('says')]
] as const

test.each(commands.map((command, index) => [`${index}: ${command[0].replace(/[^\w -].*/, '')}`, ...command] as const))(
  'auki %s… says nothing that steers a terminal',
  async (_, line, enough) => {
    offer(row(evilId, evil), row('camera', evil))
    const telling = setInterval(
      () => domain.clusterManager.broadcastDiagnosticMessage({ topic: evil, payloadJson: JSON.stringify({ a: '\u202e\u009b' }) }),
      50
    )
    const people = await seen(line.split(' '), {}, enough)
    const machines = await seen([...line.split(' '), '--json'], {}, (printed) =>
      enough(printed.replace('"event":"diagnostic-received"', 'says'))
    )
    clearInterval(telling)
    for (const { stdout, stderr } of [people, machines]) {
      expect(stdout).not.toMatch(steering)
      expect(stderr).not.toMatch(steering)
      expect(`${stdout}\n${stderr}`).not.toMatch(/^auki: all is well/m)
      expect(stdout + stderr).not.toBe('')
    }
  }
)

test('in a terminal what steers it is ours alone: a table in place, colours', async () => {
  offer({ ...row(evilId, evil), state: 'live' })
  const terminal = { columns: 80, rows: 24 }
  const enough = (printed: string): boolean => printed.includes('123 kB/s') && printed.includes('domain time')
  const { stdout } = await seen(['watch', 'lab'], { terminal, colors: true }, enough)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is ours
  const rest = stdout.replace(/\x1b\[(\?25[lh]|\?2026[lh]|2K|\d*[AGBEJK]|\d+m)/g, '')
  expect(rest).not.toMatch(steering)
})

test('a catalog as large as one can be costs little, and stays narrow in a terminal', async () => {
  const huge = row('huge', `\x1b${'\u202e'.repeat(200_000)}`)
  offer(huge, ...Array.from({ length: 300 }, (_, index) => row(`log-${index}`, '')))
  const people = await seen(['catalog', 'lab'], { terminal: { columns: 80, rows: 24 } }, never)
  const lines = people.stdout.trimEnd().split('\n')
  expect(lines).toHaveLength(302)
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80)
  const piped = await seen(['catalog', 'lab', '--wide'], {}, never)
  expect(piped.stdout).toContain('more)')
  expect(piped.stdout.length).toBeLessThan(10_000_000)
})

test('nor does a file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'auki-evil-'))
  const file = new MemoryFile()
  const writer = new McapWriter({ writable: file })
  await writer.start({ profile: evil, library: evil })
  const schemaId = await writer.registerSchema({ name: evil, encoding: evil, data: new TextEncoder().encode(evil) })
  const channelId = await writer.registerChannel({ topic: evil, schemaId, messageEncoding: evil, metadata: new Map([[evil, evil]]) })
  await writer.addMessage({ channelId, sequence: 0, logTime: 5n, publishTime: 5n, data: new Uint8Array(3) })
  await writer.end()
  const path = join(directory, 'evil\x1b[2J.mcap')
  await writeFile(path, file.bytes)
  try {
    const args = ['play', path, 'lab', '--listen', '/ip4/127.0.0.1/tcp/0']
    const { stdout, stderr } = await seen(args, {}, (printed) => printed.includes('played'))
    expect(stdout + stderr).not.toMatch(steering)
    expect(stdout + stderr).toContain('\\u001b')
  } finally {
    await rm(directory, { recursive: true })
  }
})
