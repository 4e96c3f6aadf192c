/** Peers of the version before ours, as packed then, in one cluster with ours: each side in each role. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { AukiChild, until } from '../../packages/cli/src/child.ts'
import { at, discovery, event, stop } from '../cli/support.ts'

let directory: string
let previous: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'auki-previous-'))
  previous = join(directory, 'dist', 'auki.js')
  await mkdir(join(directory, 'dist'))
  await writeFile(previous, brotliDecompressSync(await readFile(new URL('auki.js.br', import.meta.url))))
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'auki-previous', version: '0.1.0', type: 'module' }))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

type Side = 'previous' | 'ours'

/** Starts the command of that side; it is ended with the test. */
function start(side: Side, ...args: string[]): AukiChild {
  const child = new AukiChild(args, process.env, side === 'previous' ? previous : undefined)
  onTestFinished(async () => {
    if (child.end === undefined) child.kill('SIGKILL')
    await child.ended
  })
  return child
}

async function joined(side: Side, url: string): Promise<{ child: AukiChild; peerId: string }> {
  const child = start(side, 'join', 'lab', '--sensor', 'camera:synthetic', ...at(url), '--json')
  return { child, peerId: String((await event(child, 'joined'))['peerId']) }
}

const isManager = (child: AukiChild) => event(child, 'role-changed', ({ role }) => role === 'manager')

describe.each([
  ['previous', 'ours'],
  ['ours', 'previous']
] as const)('a Manager of the version "%s" and a member of the version "%s"', (first, second) => {
  test('meet, read each other’s cameras, and hand over', { timeout: 90_000 }, async () => {
    const url = await discovery()
    const manager = await joined(first, url)
    const member = await joined(second, url)
    await event(manager.child, 'member-joined', ({ peerId }) => peerId === member.peerId)
    for (const [side, peerId] of [
      [first, member.peerId],
      [second, manager.peerId]
    ] as const) {
      const tail = start(side, 'tail', 'lab', peerId, 'camera', '--discovery', url, '--json')
      const read = (): true | undefined => {
        if (tail.end !== undefined) throw new Error(`tail ended with ${tail.end}: ${tail.stderr}`)
        return tail.events.some(({ seq }) => seq !== undefined) || undefined
      }
      await until('an entry of the camera', [tail], read, { withinMs: 25_000 })
      expect(await stop(tail)).toBe(0)
    }
    expect(await stop(manager.child)).toBe(0)
    await isManager(member.child)
  })

  test('elect the one that is left when the Manager is killed', { timeout: 60_000 }, async () => {
    const url = await discovery()
    const manager = await joined(first, url)
    const member = await joined(second, url)
    manager.child.kill('SIGKILL')
    await isManager(member.child)
    const newcomer = await joined(first, url)
    await event(member.child, 'member-joined', ({ peerId }) => peerId === newcomer.peerId)
  })
})
