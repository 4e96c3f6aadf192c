/** How fast the disk takes what is written to one file, one after the other: no recording can be faster. */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const blockBytes = 2 * 1_048_576

/** Bytes a second over so many ms, the time until they are synced included. */
export async function diskRate(windowMs: number): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'auki-bench-disk-'))
  try {
    await using file = await open(join(directory, 'file'), 'w')
    const block = new Uint8Array(blockBytes).fill(1)
    const startMs = performance.now()
    let bytes = 0
    for (; performance.now() - startMs < windowMs; bytes += blockBytes) await file.write(block)
    await file.sync()
    return bytes / ((performance.now() - startMs) / 1_000)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
