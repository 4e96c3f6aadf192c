/** Records logs of a cluster's members into an MCAP file, until stopped or until all of them have ended. */

import { rm } from 'node:fs/promises'
import type { ReadFrom } from '@auki/domain'
import type { Host } from '../host.ts'
import { accountCells, accountColumns, factsOf } from '../log-account.ts'
import { RecordingWriter } from '../mcap/recording-writer.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import type { Output } from '../output.ts'
import { showProgress } from '../progress.ts'
import { RecentRate } from '../recent-rate.ts'
import { checkComplete, Recorder } from '../recorder.ts'
import { NewFile } from '../recording-file.ts'
import { bytesPerSecondText, countText, sizeText } from '../units.ts'

export interface RecordOptions extends LookOptions {
  readonly out: string
  /** Default: every one. */
  readonly resource?: readonly string[]
  readonly from: ReadFrom
  readonly strict?: boolean
}

/** @throws CliError 'file-failed', 'no-such-resource', 'incomplete' */
export async function record(cluster: string, options: RecordOptions, host: Host): Promise<void> {
  await using presence = await lookAt(cluster, 'auki record', options, host)
  await using file = await NewFile.create(options.out)
  const writer = new RecordingWriter(file)
  const { resource: resources, from } = options
  const recorder = new Recorder({ presence, writer, resources, from, stop: host.stop })
  const rate = new RecentRate()
  const text = (): string => {
    const bytes = Number(file.position())
    const logs = recorder.accounts.filter(({ state }) => state === 'recording').length
    const speed = bytesPerSecondText(rate.at(performance.now(), bytes))
    return `recording ${logs} ${logs === 1 ? 'log' : 'logs'}: ${countText(entriesOf(recorder))} entries, ${sizeText(bytes)}, ${speed}`
  }
  try {
    using _ = showProgress(presence.out, { text })
    await recorder.run()
  } catch (error) {
    await writer.end().catch(() => {}) // the first failure is told
    if (entriesOf(recorder) === 0) await rm(options.out, { force: true })
    else tellSaved(recorder, options.out, file, presence.out)
    throw error
  }
  try {
    await writer.end()
  } finally {
    tellSaved(recorder, options.out, file, presence.out)
  }
  checkComplete(recorder, { strict: options.strict ?? false })
}

const entriesOf = ({ accounts }: Recorder): number => accounts.reduce((sum, { recorder }) => sum + (recorder?.entries ?? 0), 0)

/** Says what is in the file, also when it could not be finished. */
function tellSaved(recorder: Recorder, path: string, file: NewFile, out: Output): void {
  const { accounts, absent, unread } = recorder
  const entries = entriesOf(recorder)
  const bytes = file.position()
  const missing = [...absent.map((resourceId) => ({ resourceId })), ...unread.map(([peerId, reason]) => ({ peerId, reason }))]
  if (accounts.length > 0) out.table(accountColumns, accounts.map(accountCells))
  for (const id of absent) out.say(`never recorded: nobody has "${id}"`)
  for (const [peerId, reason] of unread) out.say(`nothing is known of ${recorder.labelOf(peerId)}: ${reason}`)
  out.event(
    { event: 'saved', out: path, entries, bytes, logs: accounts.map(factsOf), missing },
    `saved ${countText(entries)} entries, ${sizeText(bytes)}, in ${path}`
  )
}
