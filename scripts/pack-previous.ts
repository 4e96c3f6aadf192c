/**
 * `node scripts/pack-previous.ts REV`: packs the `auki` command of an earlier revision into one file, with all it depends on, for the tests that put a
 * peer of then beside ours (`tests/previous`). REV is what clusters in the field run.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { command } from './checks/command.ts'

const [revision] = process.argv.slice(2)
if (revision === undefined) throw new Error('which revision? node scripts/pack-previous.ts REV')
const root = new URL('../', import.meta.url).pathname
const commit = (await command('git', ['rev-parse', '--short=7', revision], { cwd: root })).trim()
const directory = await mkdtemp(join(tmpdir(), 'auki-previous-'))
try {
  await command('git', ['archive', '--output', join(directory, 'source.tar'), commit], { cwd: root })
  await command('tar', ['xf', 'source.tar'], { cwd: directory })
  await command('npm', ['ci', '--ignore-scripts'], { cwd: directory })
  const { outputFiles } = await build({
    stdin: { contents: "import { main } from '@auki/cli'\nawait main()\n", resolveDir: directory },
    absWorkingDir: directory,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['@auki/source'],
    // What is CommonJS in there still asks for `require`.
    banner: {
      js: `// The auki command of ${commit}, packed by scripts/pack-previous.ts\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`
    },
    logLevel: 'error'
  })
  const packed = brotliCompressSync(outputFiles[0]!.contents)
  await writeFile(join(root, 'tests/previous/auki.js.br'), packed)
  console.log(`tests/previous/auki.js.br is the command of ${commit}: ${(packed.length / 1024).toFixed(0)} KiB`)
} finally {
  await rm(directory, { recursive: true, force: true })
}
