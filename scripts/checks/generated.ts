/** The committed code of `.proto` files is what the generator makes of them now. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command, installed } from './command.ts'

const datatypes = new URL('../../packages/datatypes/', import.meta.url).pathname
const folder = 'src/gen'

export async function generated(): Promise<string> {
  const fresh = await mkdtemp(join(tmpdir(), 'auki-generated-'))
  try {
    await command(installed('buf'), ['generate', '--output', fresh], { cwd: datatypes })
    const [now, committed] = await Promise.all([contents(join(fresh, folder)), contents(join(datatypes, folder))])
    const differing = [...new Set([...now.keys(), ...committed.keys()])].filter((path) => now.get(path) !== committed.get(path))
    if (differing.length > 0) throw new Error(`not what the .proto files say; run "npm run generate": ${differing.join(', ')}`)
    return `${now.size} generated files are up to date`
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

/** Text of every file below a directory, by relative path. */
async function contents(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(paths.map(async (path) => [path.slice(directory.length), await readFile(path, 'utf8')] as const)))
}
