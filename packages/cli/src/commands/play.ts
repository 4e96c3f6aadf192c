/** Publishes a recording as a peer: its logs fill as they did, are sealed at the end, and stay until the command is stopped. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { reasonOf } from '@auki/canonical'
import { fileStorage } from '@auki/registry/node'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import type { RecordedLog } from '../mcap/recorded-log.ts'
import { Output } from '../output.ts'
import { needDiscovery } from '../parse.ts'
import { Cast } from '../playback.ts'
import { type Part, play as playOn } from '../player.ts'
import { enter, type Offer } from '../presence.ts'
import { readFile } from '../recording-file.ts'
import { stay } from './join.ts'

export interface PlayOptions {
  readonly listen?: readonly string[]
  readonly announce?: readonly string[]
  readonly relay?: string
  readonly name?: string
  readonly seedFile?: string
  readonly preset: 'lan' | 'wifi' | 'robust'
  readonly discovery?: string
  readonly json?: boolean
}

/** The cluster to create when none is named and Discovery knows none. */
const defaultCluster = 'playback'

export async function play(file: string, cluster: string | undefined, options: PlayOptions, host: Host): Promise<void> {
  const out = new Output(host, options)
  const discoveryUrl = needDiscovery(options)
  const { listen, announce, relay, preset, name = basename(file) } = options
  const wallet = await walletOf(options)
  const logs = await logsOf(file, out)
  const parts = new Map<string, Part>()
  const offer: Offer = async (peer, session) => {
    const cast = new Cast(peer, session)
    for (const [topic, log] of logs) {
      try {
        parts.set(topic, { log, played: await cast.register(log) })
      } catch (error) {
        out.warn(`${topic} is left out: ${reasonOf(error)}`)
      }
    }
    if (parts.size === 0) throw nothingToPlay(file)
    return [...parts.values()].map(({ played }) => ({ resourceId: played.resourceId, start: () => new DisposableStack() }))
  }
  await using directory = await temporaryDirectory()
  const target = cluster === undefined ? 'most-recent-or-create' : 'join-or-create'
  const storage = fileStorage(directory.path)
  const where = { cluster: cluster ?? defaultCluster, discoveryUrl, target } as const
  const presence = await enter({ ...where, wallet, name, listen, announce, relay, preset, offer, storage }, out, host)
  const failed = new AbortController()
  const stop = AbortSignal.any([host.stop, failed.signal])
  playOn(readFile(file), parts, stop).then(
    (entries) => out.tell({ event: 'played', entries }, `played ${entries} entries; they stay until this is stopped`),
    (error: unknown) => failed.abort(error)
  )
  await stay(presence, { ...host, stop })
  if (!host.stop.aborted) failed.signal.throwIfAborted()
}

/** All logs by topic; what is wrong with the file is found before anybody sees it. @throws CliError 'file-failed', 'not-a-recording' */
async function logsOf(file: string, out: Output): Promise<Map<string, RecordedLog>> {
  const logs = new Map<string, RecordedLog>()
  for await (const item of readFile(file)) {
    if (item.type === 'log') logs.set(item.topic, item.log)
    if (item.type === 'foreign') out.warn(`${item.topic} is left out: it is no log that "auki record" wrote`)
    if (item.type === 'cut') out.warn(`${file} ends early: its recording was not finished`)
  }
  if (logs.size > 0) return logs
  throw nothingToPlay(file)
}

function nothingToPlay(path: string): CliError {
  return new CliError('not-a-recording', `${path} has no logs to play; give a file that "auki record" wrote`, { path })
}

async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'auki-play-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
