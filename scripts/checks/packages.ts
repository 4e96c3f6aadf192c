/**
 * What npm would publish: packs every public package, lets publint and are-the-types-wrong judge the tarballs, and uses them like a
 * stranger: installed outside of this workspace, every entry is imported by plain Node and type-checked, every command run with `--help`, and the
 * program of the browser check bundled and run.
 */
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { browser, browserApp } from './browser.ts'
import { command, installed, outsideEnvironment } from './command.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
}

interface Packed {
  readonly manifest: Manifest
  /** Absolute path of the tarball. */
  readonly tarball: string
}

export async function packages(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'auki-packages-'))
  try {
    const packed = await pack(directory)
    for (const one of packed) await judge(one)
    const entries = await consume(packed, directory)
    return `${packed.length} tarballs, ${entries} entries and commands work outside of the workspace`
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function pack(directory: string): Promise<Packed[]> {
  const root = new URL('../../packages/', import.meta.url)
  const names = await readdir(root)
  const manifests = await Promise.all(
    names.map(async (name) => JSON.parse(await readFile(new URL(`${name}/package.json`, root), 'utf8')) as Manifest)
  )
  const open = manifests.filter((manifest) => manifest.private !== true)
  const out = await command('npm', ['pack', '--json', '--pack-destination', directory, ...open.flatMap(({ name }) => ['-w', name])])
  const results = JSON.parse(out) as { name: string; filename: string }[]
  return open.map((manifest) => ({ manifest, tarball: join(directory, results.find(({ name }) => name === manifest.name)!.filename) }))
}

async function judge({ manifest, tarball }: Packed): Promise<void> {
  const bytes = await readFile(tarball)
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true })
  const complaints = messages.filter(({ type }) => type !== 'suggestion').map((message) => formatMessage(message, pkg, { color: false }))
  if (complaints.length > 0) throw new Error(`publint about ${manifest.name}:\n${complaints.join('\n')}`)
  await command(installed('attw'), ['--profile', 'esm-only', '--no-color', tarball])
}

/** Installs the tarballs and uses them; returns how many entries and commands there were. */
async function consume(packed: readonly Packed[], directory: string): Promise<number> {
  const cwd = await mkdtemp(join(directory, 'consumer-'))
  const options = { cwd, env: outsideEnvironment() }
  const dependencies = Object.fromEntries(packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]))
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }))
  await command('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], options)

  // A package with a command runs it when imported, so its command is tried instead.
  const commands = packed.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))
  const entries = packed
    .filter(({ manifest }) => manifest.bin === undefined)
    .flatMap(({ manifest }) => Object.keys(manifest.exports).map((entry) => manifest.name + entry.slice(1)))
  await writeFile(join(cwd, 'all.js'), entries.map((entry) => `await import('${entry}')\n`).join(''))
  await command(process.execPath, ['all.js'], options)
  for (const name of commands) await command(process.execPath, [join('node_modules', '.bin', name), '--help'], options)
  await typeCheck(entries, cwd)
  await copyFile(browserApp, join(cwd, 'app.ts'))
  await browser(join(cwd, 'app.ts'), ['browser'])
  return entries.length + commands.length
}

async function typeCheck(entries: readonly string[], cwd: string): Promise<void> {
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}'\n`).join('')
  await writeFile(join(cwd, 'all.ts'), `${imports}export const all = [${entries.map((_, index) => `entry${index}`).join(', ')}]\n`)
  const lib = 'es2024,esnext.disposable,esnext.collection,esnext.iterator,dom,dom.asynciterable'
  await command(
    installed('tsc'),
    ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', '--lib', lib, 'all.ts'],
    {
      cwd
    }
  )
}
