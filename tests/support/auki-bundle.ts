/**
 * The `auki` command as one bundle, made once for a run of the tests: started from its sources, it spends more than a second of CPU on loading them, and
 * the tests start it over a hundred times. What makes the command start from its sources is tested in `tests/cli/sources.test.ts`.
 *
 * In chunks, each command loaded when it is asked for, as from the sources. In a single file every module would wait for the one that started it,
 * `bin/auki.js`, which waits for the command: a deadlock, in which a signal is noted and nobody is left to act on it.
 */
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the bundled command's program. */
    aukiProgram: string
  }
}

const root = join(import.meta.dirname, '../..')
const cli = join(root, 'packages/cli')
const program = join(cli, 'bin/auki.js')
const cache = join(root, 'node_modules/.cache/auki-command')
/** Bundles of sources that were not tested for so long are removed. */
const keptMs = 24 * 3_600_000

export async function setup(project: TestProject): Promise<void> {
  // Sources that can't be bundled fail the tests that start the command, with Node's own words, and no others.
  const sources = (error: unknown): string => {
    console.warn(`the command could not be bundled, so the tests start it from its sources, which takes longer: ${String(error)}`)
    return program
  }
  project.provide('aukiProgram', await bundled().catch(sources))
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    outdir: join(cache, 'bin'),
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@auki/source'],
    // Some dependencies are CommonJS and ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent'
  })
  const hash = createHash('sha256')
  for (const { path, contents } of outputFiles) hash.update(path).update(contents)
  // Where the sources are the same, so are the paths: Node has compiled them already.
  const directory = join(cache, hash.digest('hex').slice(0, 16))
  if (!(await isThere(directory))) await write(directory, outputFiles)
  await removeOld(basename(directory))
  return join(directory, 'bin/auki.js')
}

const isThere = (directory: string): Promise<boolean> =>
  utimes(directory, new Date(), new Date()).then(
    () => true,
    () => false
  )

/** Another run of the tests never sees half of it. */
async function write(directory: string, files: readonly { readonly path: string; readonly contents: Uint8Array }[]): Promise<void> {
  const unfinished = `${directory}.${process.pid}`
  await mkdir(join(unfinished, 'bin'), { recursive: true })
  for (const { path, contents } of files) await writeFile(join(unfinished, 'bin', basename(path)), contents)
  await writeFile(join(unfinished, 'package.json'), await readFile(join(cli, 'package.json')))
  await rename(unfinished, directory).catch(() => rm(unfinished, { recursive: true })) // the other run was first
}

async function removeOld(present: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const { mtimeMs } = await stat(join(cache, name))
    if (name !== present && Date.now() - mtimeMs > keptMs) await rm(join(cache, name), { recursive: true, force: true })
  }
}
