import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

interface Told {
  readonly created: string[]
  readonly takenOver: string[]
  /** What the one that took over says of itself. */
  readonly own: string[]
  /** The members' lines of the document at the end. */
  readonly entries: string[][]
  readonly warnings: string[]
}

const run = promisify(execFile)
const child = fileURLToPath(new URL('./host-peer.ts', import.meta.url))
const env = { ...process.env, NODE_OPTIONS: '--conditions=@auki/source' }

async function onThisHost(init: object): Promise<Told> {
  const { stdout } = await run(process.execPath, [child, JSON.stringify(init)], { env })
  return JSON.parse(stdout)
}

/** On a host that has the addresses a script sets up, beside loopback: a network namespace of its own. `undefined` where that is not allowed. */
async function onHost(setUp: string, init: object): Promise<Told | undefined> {
  if (!(await mayUnshare())) return undefined
  const script = `set -e; ip link set lo up; ${setUp}; exec "$0" "$@"`
  const { stdout } = await run('unshare', ['-n', 'sh', '-c', script, process.execPath, child, JSON.stringify(init)], { env })
  return JSON.parse(stdout)
}

const mayUnshare = (): Promise<boolean> =>
  run('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).then(
    () => true,
    () => false
  )

const hosts = (addresses: readonly string[]) => addresses.map((address) => address.split('/')[2])
const sixtyFour = Array.from({ length: 64 }, (_, i) => i + 1)

test('a host with 64 addresses creates, joins and takes over, and is told of by 16 of them', async () => {
  const listen = sixtyFour.map((i) => `/ip4/127.0.0.${i}/tcp/0`)
  const { created, takenOver, own, entries, warnings } = await onThisHost({ discoveryHost: '127.0.0.1', listen })
  expect(hosts(created)).toEqual(sixtyFour.slice(0, 16).map((i) => `127.0.0.${i}`))
  expect(takenOver).toEqual(own)
  expect(entries).toHaveLength(2)
  for (const entry of entries) expect(entry).toHaveLength(16)
  expect(warnings.some((text) => text.includes('left out: /ip4/127.0.0.17/'))).toBe(true)
}, 60_000)

test('on a host with 64 networks the one where Discovery is comes first, a bridge of containers last', async () => {
  const setUp = [
    ...sixtyFour.map((i) => `ip addr add 10.1.${i}.1/24 dev lo`),
    'ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up'
  ].join('; ')
  const told = await onHost(setUp, { discoveryHost: '10.1.60.1' })
  const expected = ['10.1.60.1', ...sixtyFour.slice(0, 15).map((i) => `10.1.${i}.1`)]
  expect(hosts(told?.created ?? expected.map((ip) => `/ip4/${ip}`))).toEqual(expected)
  expect(told === undefined || told.warnings.some((text) => text.includes('/ip4/172.17.0.1/'))).toBe(true)
}, 60_000)

test.each([
  ['IPv6 only', 'ip addr del 127.0.0.1/8 dev lo; ip addr add 2001:db8:1::3/128 dev lo', '2001:db8:1::3'],
  ['no IPv6', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; ip addr add 10.1.2.3/24 dev lo', '10.1.2.3'],
  ['a public address only', 'ip addr add 8.8.4.4/24 dev lo', '8.8.4.4']
])(
  'a host with %s works without any setting',
  async (_what, setUp, ip) => {
    const told = await onHost(setUp, { discoveryHost: ip })
    for (const addresses of told === undefined ? [] : [told.created, told.takenOver, ...told.entries])
      expect(hosts(addresses)).toEqual([ip])
    // Who may join is another matter: nobody set a gate.
    expect((told?.warnings ?? []).filter((text) => !text.includes('set admitGate'))).toEqual([])
  },
  60_000
)
