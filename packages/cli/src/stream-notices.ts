/** Tells of gaps and resumptions of a stream as they happen. */
import type { ResourceEntry, StreamNotice, StreamSubscription } from '@auki/domain'
import type { Output } from './output.ts'
import { durationText } from './units.ts'

/** Tells of gaps and resumptions until the stream has ended: machines as events, people on stderr. */
export async function tellNotices(
  row: ResourceEntry,
  subscription: Pick<StreamSubscription, 'notices'>,
  out: Output,
  label: string
): Promise<void> {
  for await (const notice of subscription.notices()) tellNotice(row, notice, out, label)
}

/** Tells of one. `label` names the log, for people. */
export function tellNotice({ sourcePeerId: peerId, resourceId }: ResourceEntry, notice: StreamNotice, out: Output, label: string): void {
  const { type, ...facts } = notice
  if (out.json) out.tell({ event: type, peerId, resourceId, ...facts }, [])
  else out.warn(`${label} ${textOf(notice)}`)
}

function textOf(notice: StreamNotice): string {
  switch (notice.type) {
    case 'gap':
      return `lacks ${notice.lost ?? 'some'} entries from ${notice.fromNs} to ${notice.toNs} ns: its retention was faster than this reader`
    case 'resumed': {
      const doubts = [...(notice.mayRepeat ? ['entries may come twice'] : []), ...(notice.mayMiss ? ['entries may be missing'] : [])]
      return [`goes on after ${durationText(notice.pauseMs)} without a connection`, ...doubts].join('; ')
    }
    case 'notices-dropped':
      return `had ${notice.count} more gaps or interruptions`
  }
}
