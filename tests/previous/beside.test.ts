/** Peers of the version before ours, as packed then, in one cluster with ours: each side in each role. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AukiChild, until } from '../../packages/cli/src/child.ts'
import { at, endedWithTest, event, launch, stop } from '../cli/support.ts'

let previous: string
let service: AukiChild
let url: string

// Always in the same place, so that its processes are compiled once.
beforeAll(async () => {
  const directory = fileURLToPath(new URL('../../node_modules/.cache/auki-previous/', import.meta.url))
  previous = join(directory, 'dist', 'auki.js')
  await mkdir(join(directory, 'dist'), { recursive: true })
  const unpacked = brotliDecompressSync(await readFile(new URL('auki.js.br', import.meta.url)))
  const known = await readFile(previous).catch(() => undefined)
  if (known?.equals(unpacked) !== true) await writeFile(previous, unpacked)
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'auki-previous', version: '0.1.0', type: 'module' }))
  service = launch(['discovery', '--port', '0', '--json'])
  url = String((await event(service, 'listening'))['url'])
})
afterAll(() => stop(service))

type Side = 'previous' | 'ours'

/** Starts the command of that side; it is ended with the test. */
const start = (side: Side, ...args: string[]): AukiChild => endedWithTest(launch(args, side === 'previous' ? previous : undefined))

async function joined(side: Side, cluster: string): Promise<{ child: AukiChild; peerId: string }> {
  const child = start(side, 'join', cluster, '--sensor', 'camera:synthetic', ...at(url), '--json')
  return { child, peerId: String((await event(child, 'joined'))['peerId']) }
}

const isManager = (child: AukiChild) => event(child, 'role-changed', ({ role }) => role === 'manager')

async function readCamera(side: Side, cluster: string, peerId: string): Promise<void> {
  const tail = start(side, 'tail', cluster, peerId, 'camera', '--discovery', url, '--json')
  const read = (): true | undefined => {
    if (tail.end !== undefined) throw new Error(`tail ended with ${tail.end}: ${tail.stderr}`)
    return tail.events.some(({ seq }) => seq !== undefined) || undefined
  }
  await until('an entry of the camera', [tail], read, { withinMs: 25_000 })
  expect(await stop(tail)).toBe(0)
}

test.each([
  ['previous', 'ours'],
  ['ours', 'previous']
] as const)(
  'a Manager of the version "%s" and a member of the version "%s" meet, read each other’s cameras, hand over, and elect the one that is left when the Manager is killed',
  { timeout: 90_000 },
  async (first, second) => {
    const cluster = `${first}-first`
    const manager = await joined(first, cluster)
    const member = await joined(second, cluster)
    await event(manager.child, 'member-joined', ({ peerId }) => peerId === member.peerId)
    await readCamera(first, cluster, member.peerId)
    await readCamera(second, cluster, manager.peerId)

    expect(await stop(manager.child)).toBe(0)
    await isManager(member.child)

    const third = await joined(first, cluster)
    await event(member.child, 'member-joined', ({ peerId }) => peerId === third.peerId)
    member.child.kill('SIGKILL')
    await isManager(third.child)
    const newcomer = await joined(second, cluster)
    await event(third.child, 'member-joined', ({ peerId }) => peerId === newcomer.peerId)
  }
)
