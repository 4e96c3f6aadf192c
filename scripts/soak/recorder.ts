/** `auki record` beside a soak: what is in its file, and what it says about the rest. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '@auki/canonical'
import { decodePayload } from '@auki/datatypes'
import { AukiChild } from '../../packages/cli/src/child.ts'
import { kindOfRow } from '../../packages/cli/src/mcap/recorded-log.ts'
import { readRecording } from '../../packages/cli/src/mcap/recording-reader.ts'
import { OldFile } from '../../packages/cli/src/recording-file.ts'
import { numberOf } from './numbers.ts'
import type { RecordedRun } from './verdict.ts'

interface SavedLog {
  readonly peerId: string
  readonly resourceId: string
  readonly topic: string
  readonly gaps: readonly { readonly lost?: number }[]
}

export class SoakRecorder implements AsyncDisposable {
  readonly #directory: string
  readonly #child: AukiChild

  private constructor(directory: string, child: AukiChild) {
    this.#directory = directory
    this.#child = child
  }

  static async start({ cluster, discoveryUrl }: { readonly cluster: string; readonly discoveryUrl: string }): Promise<SoakRecorder> {
    const directory = await mkdtemp(join(tmpdir(), 'auki-soak-'))
    const child = new AukiChild(['record', cluster, '--out', join(directory, 'soak.mcap'), '--discovery', discoveryUrl, '--json'])
    return new SoakRecorder(directory, child)
  }

  /** How many logs it has opened, one that was opened again counted once more. */
  get opened(): number {
    return this.#child.events.filter(({ event }) => event === 'recording').length
  }

  /** The process does nothing for a while, as one whose machine sleeps. */
  async stopFor(ms: number): Promise<void> {
    this.#child.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#child.kill('SIGCONT')
  }

  /** Ends it as Ctrl-C does. @throws Error when it does not end with 0. */
  async finish(): Promise<RecordedRun[]> {
    this.#child.kill('SIGINT')
    const end = await this.#child.ended
    if (end !== 0) throw new Error(`the recorder ended with ${end}: ${this.#child.stderr}`)
    const logs = this.#child.last('saved')!['logs'] as readonly Json[] as unknown as readonly SavedLog[]
    const runs = await runsIn(join(this.#directory, 'soak.mcap'))
    return logs.map(({ peerId, resourceId, topic, gaps }, index) => {
      const run = logs.slice(0, index + 1).filter((log) => log.topic === topic).length
      const found = runs.find((candidate) => candidate.topic === topic && candidate.run === run)
      const counts = found ?? { first: 0, last: -1, missing: 0, doubled: 0 }
      return { peerId, resourceId, run, ...counts, told: gaps.reduce((sum, { lost }) => sum + (lost ?? Number.POSITIVE_INFINITY), 0) }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true })
  }
}

interface Run {
  readonly topic: string
  readonly run: number
  readonly first: number
  last: number
  missing: number
  doubled: number
}

/** The numbers in the file, by topic and, where a peer was started again, by run. */
async function runsIn(path: string): Promise<Run[]> {
  await using file = await OldFile.open(path)
  const runs = new Map<unknown, Run>()
  for await (const item of readRecording(file)) {
    if (item.type !== 'entry') continue
    const { track, bytes } = item
    if (!('row' in track.log)) throw new Error(`${track.topic} is not a log of ours`)
    const number = numberOf(decodePayload(kindOfRow(track.log.row), bytes) as object)
    const run = runs.get(track) ?? {
      topic: track.topic.replace(/~\d+$/, ''),
      run: track.run,
      first: number,
      last: number - 1,
      missing: 0,
      doubled: 0
    }
    runs.set(track, run)
    if (number > run.last + 1) run.missing += number - run.last - 1
    if (number <= run.last) run.doubled += 1
    run.last = Math.max(run.last, number)
  }
  return [...runs.values()]
}
