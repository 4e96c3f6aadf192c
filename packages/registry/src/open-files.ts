/**
 * How many files this process has open.
 *
 * A process may have only so many, 1,024 on many systems, and its connections need some, too. So only so many files are worked with at the same time, and only so
 * many that are written to stay open in between; the others are opened again for the next write. Where all the same no more can be opened, it is tried again
 * for a while: whoever has them may give some back.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { busyFilesMax, idleFilesMax, shortagePauseMsMax, shortagePauseMsMin, shortageWaitMs } from './limits.ts'
import { errnoOf } from './node-errors.ts'

/** An open file that may be closed until it is used again. */
export interface IdleFile {
  retire(): Promise<void>
}

// In the order in which they were used last.
const idle = new Set<IdleFile>()
const waiting: (() => void)[] = []
let busy = 0

/** Do work that needs a file open, when it is its turn. It may be done several times: what it opened before it failed is closed then. */
export async function withFile<T>(work: () => Promise<T>): Promise<T> {
  if (busy < busyFilesMax) busy += 1
  else await new Promise<void>((resolve) => waiting.push(resolve)) // takes over the place of another
  try {
    return await patiently(work)
  } finally {
    const next = waiting.shift()
    if (next === undefined) busy -= 1
    else next()
  }
}

/** Keeps a file open until others have been used since. */
export async function keep(file: IdleFile): Promise<void> {
  idle.add(file)
  if (idle.size <= idleFilesMax) return
  const [oldest] = idle
  idle.delete(oldest!)
  await oldest!.retire()
}

/** The file is used, or closed for good. */
export function take(file: IdleFile): void {
  idle.delete(file)
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + shortageWaitMs
  for (let pauseMs = shortagePauseMsMin; ; pauseMs = Math.min(2 * pauseMs, shortagePauseMsMax)) {
    try {
      return await work()
    } catch (error) {
      if (!['EMFILE', 'ENFILE'].includes(errnoOf(error)) || performance.now() > until) throw error
    }
    const closing = [...idle]
    idle.clear()
    await Promise.allSettled(closing.map((file) => file.retire()))
    await sleep(pauseMs)
  }
}
