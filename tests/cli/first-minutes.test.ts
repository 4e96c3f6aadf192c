/**
 * A newcomer's first ten minutes: the lines of the README about the command line, as printed and in order, each in a shell of its own.
 *
 * They run in a network of their own, where nobody has port 8080. Where that can't be made, the service listens at a free port, which the environment names.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { bundle } from './support.ts'

/** What a person sees of each; those that go on are stopped by Ctrl-C, and end well. */
const story: readonly (readonly [begins: string, sees: RegExp, then: 'stays' | 'goes on' | 'ends'])[] = [
  ['npx auki discovery', /Discovery listens at http:\/\/127\.0\.0\.1:\d+/, 'stays'],
  ['npx auki join lab', /joined lab as robot ·\w{4}.*Manager is this peer.*offers camera/s, 'stays'],
  ['npx auki watch lab', /joined lab as auki watch ·\w{4}.*robot ·\w{4}/s, 'goes on'],
  ['npx auki peers lab', /^robot ·\w{4} +Manager +127\.0\.0\.1:\d+ /m, 'ends'],
  ['npx auki ping lab robot', /robot ·\w{4} +[\d.]+ (µs|ms) +direct/, 'goes on'],
  ['npx auki catalog lab', /^robot ·\w{4} +camera +camera rgb/m, 'ends'],
  ['npx auki tail lab robot camera', /\d Hz/, 'goes on'],
  ['npx auki record lab', /recording .*camera/, 'goes on'],
  ['npx auki play lab.mcap', /joined playback as lab\.mcap ·\w{4}.*offers camera/s, 'goes on'],
  ['npx auki clock lab', /^robot ·\w{4} +Manager +-?[\d.]+ s .*domain time/ms, 'goes on'],
  ['npx auki doctor', /^ok +discovery +Discovery at \S+ answers.*^ok +events /ms, 'ends']
]

async function printedLines(): Promise<string[]> {
  const text = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
  const [, block = ''] = /^## The command line\n\n```sh\n(.*?)^```$/ms.exec(text) ?? []
  return block.trimEnd().split('\n')
}

/** Holds a network with nothing but loopback; resolves to what enters it, or to nothing where the system does not let us. */
async function ownNetwork(): Promise<string[] | undefined> {
  const holder = spawn('unshare', ['-rn', 'sh', '-c', 'ip link set lo up && echo up && exec sleep infinity'], {
    stdio: ['ignore', 'pipe', 'ignore']
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  const isUp = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'exit').then(() => false),
    once(holder, 'error').then(() => false)
  ])
  return isUp ? ['nsenter', '-t', String(holder.pid), '-U', '-n', '--preserve-credentials'] : undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** A directory to work in, where `npx auki` is the command under test, and how a shell there is started. */
async function desk(): Promise<(line: string) => { readonly child: ChildProcess; readonly seen: () => string }> {
  const directory = await mkdtemp(join(tmpdir(), 'auki-first-minutes-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'npx'), `#!/bin/sh\nshift\nexec "${process.execPath}" "${bundle}" "$@"\n`, { mode: 0o755 })
  const enter = await ownNetwork()
  const port = enter === undefined ? await freePort() : undefined
  const { AUKI_DISCOVERY_URL: _, AUKI_DEBUG: __, XDG_CONFIG_HOME: ___, ...inherited } = process.env
  const place = port === undefined ? {} : { AUKI_DISCOVERY_URL: `http://127.0.0.1:${port}` }
  const env = { ...inherited, ...place, HOME: directory, PATH: `${directory}:${process.env['PATH']}` }
  return (line) => {
    const typed = port === undefined ? line : line.replace('auki discovery', `auki discovery --port ${port}`)
    const [program, ...args] = [...(enter ?? []), 'bash', '-c', typed]
    const child = spawn(program!, args, { cwd: directory, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (more: string) => {
        text += more
      })
    }
    return { child, seen: () => text }
  }
}

/** As the terminal does it: everything in the foreground gets the signal. */
async function ctrlC(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close')
  process.kill(-child.pid!, 'SIGINT')
  return (await closed)[0] as number | null
}

test('the lines of the README work as printed, in order', { timeout: 300_000 }, async () => {
  const lines = await printedLines()
  expect(lines.map((line) => story.find(([begins]) => line.startsWith(begins))?.[0])).toEqual(story.map(([begins]) => begins))
  const type = await desk()
  const staying: ChildProcess[] = []
  for (const [index, [, sees, then]] of story.entries()) {
    const line = lines[index]!
    const { child, seen } = type(line)
    const closed = once(child, 'close')
    const isOver = (): boolean => child.exitCode !== null
    await vi.waitUntil(() => sees.test(seen()) || isOver(), { timeout: 60_000, interval: 50 })
    if (then === 'ends') await closed
    expect({ line, text: seen() }).toEqual({ line, text: expect.stringMatching(sees) })
    if (then === 'stays') staying.push(child)
    else expect({ line, code: then === 'ends' ? child.exitCode : await ctrlC(child) }).toEqual({ line, code: 0 })
    if (line.includes('record')) expect(seen()).toMatch(/saved [\d,]+ entries/)
    expect(seen()).not.toMatch(/^\s+at .*:\d+:\d+|this should not happen|node:internal|Warning:/m)
  }
  for (const child of staying.reverse()) expect(await ctrlC(child)).toBe(0)
})
