/** Publishes a recording as a peer: its logs fill as they did, are sealed at the end, and stay until the command is stopped. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { reasonOf } from '@auki/canonical'
import { fileStorage } from '@auki/registry/node'
import { discoveryUrlOf } from '../contexts.ts'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import type { Track } from '../mcap/channels.ts'
import type { Survey, TimedEntry } from '../mcap/recording-reader.ts'
import { Output } from '../output.ts'
import { Cast, keepingOf, type PlayedLog } from '../playback.ts'
import { Player } from '../player.ts'
import { enter, type Offer } from '../presence.ts'
import { showProgress } from '../progress.ts'
import { RecentRate } from '../recent-rate.ts'
import { OldFile, surveyFile } from '../recording-file.ts'
import { loopPauseNs, sampledProblems } from '../settings.ts'
import { bytesPerSecondText, countText, durationText, sizeText } from '../units.ts'
import { Waiting } from '../waiting.ts'
import { stay } from './join.ts'

export interface PlayOptions {
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly relay?: string
  readonly name?: string
  readonly seedFile?: string
  readonly preset: 'lan' | 'wifi' | 'robust'
  readonly discovery?: string
  /** ms */
  readonly timeout?: number
  readonly json?: boolean
  /** ms */
  readonly maxGap: number
  readonly rate: number
  readonly loop?: boolean
  /** ms from the beginning of the recording. */
  readonly start?: number
  readonly end?: number
}

export async function play(path: string, cluster: string, options: PlayOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  const waiting = new Waiting(host, options)
  const discoveryUrl = discoveryUrlOf(options, host)
  const { listen, announce, relay, preset, loop = false, name = basename(path) } = options
  const wallet = await walletOf(options)
  await using file = await OldFile.open(path)
  const survey = await surveyFile(path, file)
  tellProblems(path, survey, out)
  if (survey.tracks.size === 0) throw nothingToPlay(path)
  const range = rangeOf(options, survey)
  const parts = new Map<Track, PlayedLog>()
  const offer: Offer = async (peer, session) => {
    const cast = new Cast(peer, session)
    for (const track of survey.tracks.keys()) {
      try {
        parts.set(track, await cast.register(track, keepingOf(survey, track, { loop })))
      } catch (error) {
        out.warn(`${track.topic} is left out: ${reasonOf(error)}`)
      }
    }
    if (parts.size === 0) throw nothingToPlay(path)
    return [...parts.values()].map(({ resourceId }) => ({ resourceId, start: () => new DisposableStack() }))
  }
  await using directory = await temporaryDirectory()
  const storage = fileStorage(directory.path)
  const where = { cluster, discoveryUrl, target: 'join-or-create' } as const
  const presence = await enter({ ...where, wallet, name, listen, announce, relay, preset, offer, storage }, { out, waiting }, host)
  const failed = new AbortController()
  const signal = AbortSignal.any([host.stop, failed.signal])
  const onFailed = ({ topic }: Track, reason: string): void => out.warn(`${topic} takes no more, the others go on: ${reason}`)
  const player = new Player({ parts, rate: options.rate, maxGapMs: options.maxGap, onFailed, signal })
  const playing = playRange(player, survey, { ...range, loop }, out).catch((error: unknown) => failed.abort(error))
  await stay(presence, { ...host, stop: signal })
  await playing
  if (!host.stop.aborted) failed.signal.throwIfAborted()
}

interface Range {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** @throws CliError 'wrong-usage' when nothing would be left. */
function rangeOf({ start = 0, end }: PlayOptions, { durationNs }: Survey): Range {
  const startNs = BigInt(start) * 1_000_000n
  const endNs = end === undefined ? durationNs + 1n : BigInt(end) * 1_000_000n
  if (startNs < endNs && startNs <= durationNs) return { startNs, endNs }
  throw new CliError(
    'wrong-usage',
    `nothing to play: --start must be before --end, and before the end of the recording (${durationText(Number(durationNs / 1_000_000n))})`
  )
}

async function playRange(player: Player, survey: Survey, range: Range & { readonly loop: boolean }, out: Output): Promise<void> {
  const lastNs = range.endNs < survey.durationNs ? range.endNs : survey.durationNs
  const periodNs = lastNs - range.startNs + loopPauseNs
  const rate = new RecentRate()
  const text = (): string => {
    const { entries, bytes, atNs } = player.progress
    const at = `${durationText(Number(atNs / 1_000_000n))} of ${durationText(Number(survey.durationNs / 1_000_000n))}`
    return `played ${at}: ${countText(entries)} entries, ${sizeText(bytes)}, ${bytesPerSecondText(rate.at(performance.now(), bytes))}`
  }
  {
    using _ = showProgress(out, { text, inFiles: true })
    for (let pass = 0n; ; pass += 1n) {
      const before = player.progress.entries
      await player.play(within(survey.entries(), range), pass * periodNs)
      // Where nothing is in the range, or no log takes anything any more, the next pass would bring nothing either.
      if (!range.loop || player.progress.entries === before) break
    }
    await player.seal()
  }
  const { entries } = player.progress
  out.event({ event: 'played', entries }, `played ${countText(entries)} entries; they stay until this is stopped`)
}

async function* within(entries: AsyncIterable<TimedEntry>, { startNs, endNs }: Range): AsyncGenerator<TimedEntry, void, undefined> {
  for await (const entry of entries) {
    if (entry.atNs >= endNs) return
    if (entry.atNs >= startNs) yield entry
  }
}

/** What is wrong with the file is found before anybody sees it. */
function tellProblems(path: string, { problems, notes }: Survey, out: Output): void {
  const bad = new Map<string, { count: number; readonly reason: string }>()
  for (const note of notes) {
    if (note.type === 'note') out.warn(`${note.topic}: ${note.text}`)
    if (note.type !== 'bad') continue
    const known = bad.get(note.topic)
    if (known === undefined) bad.set(note.topic, { count: 1, reason: note.reason })
    else known.count += 1
  }
  for (const [topic, { count, reason }] of bad) out.warn(`${topic}: ${count} messages are left out: ${reason}`)
  const damage = problems.flatMap((one) => (one.type === 'damage' ? [one] : []))
  for (const { offset, reason } of damage.slice(0, sampledProblems))
    out.warn(`${path} is damaged at ${offset}, which is left out: ${reason}`)
  if (damage.length > sampledProblems) out.warn(`${path} is damaged at ${damage.length - sampledProblems} more places`)
  if (problems.some(({ type }) => type === 'cut')) out.warn(`${path} ends early: its recording was not finished`)
}

function nothingToPlay(path: string): CliError {
  return new CliError('not-a-recording', `${path} has no logs to play; give an MCAP file`, { path })
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'auki-play-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
