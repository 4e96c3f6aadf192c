/** A fleet's image starts everywhere at once: however many processes mint one seed file, they end as one peer. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, expect, test } from 'vitest'

const source = fileURLToPath(new URL('./seed-process.ts', import.meta.url))

let home: string
let program: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'auki-fleet-'))
  // Bundled, so that a hundred of them start in seconds.
  program = join(home, 'seed-process.mjs')
  await build({
    entryPoints: [source],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@auki/source']
  })
})
afterEach(() => rm(home, { recursive: true }))

test.each([
  [100, 'links'],
  [20, 'no-links']
])(
  '%i processes on one seed file (%s): one identity, the one in the file',
  async (count, links) => {
    const path = join(home, 'app', 'identity.seed')
    const processes = Array.from({ length: count }, () => fork(program, [path, links], { execArgv: [] }))
    // At normal priority, a hundred processes would slow down the tests that run at the same time, and some of those measure silence.
    for (const { pid } of processes) if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
    try {
      await Promise.all(processes.map((process) => once(process, 'message'))) // all are ready, then all go at once
      const answers = processes.map((process) => once(process, 'message'))
      for (const process of processes) process.send('go')
      const inTheEnd = await Promise.all(answers)
      const seed = (await readFile(path)).toString('hex')
      expect(inTheEnd.map(([answer]) => answer)).toEqual(Array(count).fill({ seed }))
      expect(await readdir(join(home, 'app'))).toEqual(['identity.seed'])
    } finally {
      for (const process of processes) process.kill('SIGKILL')
    }
  },
  120_000
)
