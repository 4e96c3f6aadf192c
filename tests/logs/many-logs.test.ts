import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const program = join(import.meta.dirname, 'support/many-logs-process.ts')

test('more logs than a process may have files open record all the same, also over a moment in which no file can be opened', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'auki-many-logs-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const node = `ulimit -n 300 && exec "${process.execPath}" --conditions=@auki/source "${program}" "${directory}" 400`
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', node])
  const { entries, openMax, failures } = JSON.parse(stdout) as Record<string, number>
  expect({ entries, failures }).toEqual({ entries: 1_200, failures: 0 })
  expect(openMax).toBeLessThan(260)
}, 120_000)
