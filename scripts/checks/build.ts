/** Lint, types and the build that is published. */
import { readdir, rm } from 'node:fs/promises'
import { command, installed } from './command.ts'

const packages = new URL('../../packages/', import.meta.url)

export async function lint(): Promise<string> {
  await command(installed('biome'), ['ci', '--colors=off', '--error-on-warnings', '.'])
  return 'Biome has nothing to say'
}

/** Type-checks everything and writes each package's `dist/` anew, so that nothing stale is packed. */
export async function build(): Promise<string> {
  const names = await readdir(packages)
  await Promise.all(names.map((name) => rm(new URL(`${name}/dist`, packages), { recursive: true, force: true })))
  await command(installed('tsc'), ['-b', '--force'])
  return `${names.length} packages, their tests and the scripts type-check`
}
