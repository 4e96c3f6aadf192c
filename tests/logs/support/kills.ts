/** Kills a program while it records, again and again, and looks at what it leaves behind. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileStorage } from '@auki/registry/node'
import { openLog } from '@auki/session'
import { chance } from './chance.ts'
import { readNumbered } from './numbered.ts'

const program = join(import.meta.dirname, 'recording-process.ts')
/** A recording gets longer with every life; so many lives, and a new one is begun. */
const livesMax = 20

export interface Kills {
  readonly kills: number
  /** Of them before the logs were registered. */
  readonly early: number
  /** Entries read back, over all kills. */
  readonly entries: number
}

/** Resolves to what happened. @throws Error when a recording does not reopen, has lost what was flushed, or does not replay in order. */
export async function killRecorders(kills: number, seed: number, say: (line: string) => void = () => {}): Promise<Kills> {
  const upTo = chance(seed)
  let [early, entries] = [0, 0]
  let directory = ''
  let flushed = new Map<string, number>()
  for (let kill = 0; kill < kills; kill++) {
    if (kill % livesMax === 0) {
      if (directory !== '') await rm(directory, { recursive: true })
      directory = await mkdtemp(join(tmpdir(), 'auki-kills-'))
      flushed = new Map()
    }
    const life = await liveAndDie(directory, seed + kill, upTo(25))
    if (!life.ready) early += 1
    for (const [id, last] of life.flushed) flushed.set(id, last)
    const found = await inspect(directory, flushed)
    entries += found.reduce((sum, count) => sum + count, 0)
    say(
      `${String(kill + 1).padStart(4)}  ${life.ready ? `${life.flushed.size} logs flushed` : 'killed while it started'}, ${found} entries`
    )
  }
  await rm(directory, { recursive: true, force: true })
  return { kills, early, entries }
}

/** Starts the program and kills it when it has said so many lines; it is in the middle of something else by then. */
async function liveAndDie(directory: string, seed: number, lines: number): Promise<{ ready: boolean; flushed: Map<string, number> }> {
  const child = spawn(process.execPath, ['--conditions=@auki/source', program, directory, String(seed)], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = new Promise<NodeJS.Signals | null>((resolve) => child.once('close', (_, signal) => resolve(signal)))
  let complaints = ''
  child.stderr.on('data', (text) => (complaints += String(text)))
  const flushed = new Map<string, number>()
  let ready = false
  let heard = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (heard++ === lines) child.kill('SIGKILL')
    if (line === 'ready') ready = true
    const [, id, last] = /^(\w+) (\d+)$/.exec(line) ?? []
    if (id !== undefined) flushed.set(id, Number(last))
  }
  const signal = await exited
  if (signal !== 'SIGKILL') throw new Error(`the program ended by itself: ${complaints}`)
  return { ready, flushed }
}

/** How many entries each log has. */
async function inspect(directory: string, flushed: ReadonlyMap<string, number>): Promise<number[]> {
  const storage = fileStorage(directory)
  const found: number[] = []
  for (const id of ['whole', 'rolling']) {
    if ((await storage.read(`logs/p/${id}/manifest.json`)) === undefined) {
      if (flushed.has(id)) throw new Error(`log ${id} is gone`)
      continue
    }
    const reader = await openLog(storage, `logs/p/${id}`)
    const range = await readNumbered(reader.read())
    const count = range === undefined ? 0 : range.last - range.first + 1
    if (BigInt(count) !== reader.available.entries)
      throw new Error(`${id} says it has ${reader.available.entries} entries, ${count} were read`)
    if ((range?.last ?? -1) < (flushed.get(id) ?? -1)) throw new Error(`${id} ends with ${range?.last}, flushed was ${flushed.get(id)}`)
    if (id === 'whole' && range !== undefined && range.first !== 0) throw new Error(`${id} begins with ${range.first}`)
    found.push(count)
  }
  return found
}
