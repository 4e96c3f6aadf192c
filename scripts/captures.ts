/**
 * Runs every command of `docs/cli.md` as a person does, in a terminal of 80 and one of 200 columns, in a small cluster, and writes down what they show.
 *
 * `npm run captures [-- --out DIRECTORY] [-- --only WORD]`; needs tmux. Look at the files: that is what this is for.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parseArgs } from 'node:util'
import { AukiChild, until } from '../packages/cli/src/child.ts'
import { filmed, needTmux, type Shown, type Terminal } from './captures/tmux.ts'

const root = join(import.meta.dirname, '..')
const terminals: readonly Terminal[] = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 }
]
/** What runs until it is stopped is looked at for so long. */
const runMs = 14_000
/** The demo ends by itself. */
const demoMs = 180_000
const startMs = 60_000

const { values } = parseArgs({
  options: { out: { type: 'string', default: join(root, '.captures') }, only: { type: 'string', default: '' } }
})

/** Lines that begin with `$ auki`, each once. */
async function examples(): Promise<string[]> {
  const page = await readFile(join(root, 'docs/cli.md'), 'utf8')
  const lines = [...page.matchAll(/^\$ (auki .*)$/gm)].map(([, line]) => line!)
  return [...new Set(lines)].filter((line) => line.includes(values.only))
}

async function started(children: AukiChild[], first: string, ...args: string[]): Promise<AukiChild> {
  const child = new AukiChild([...args, '--json'])
  children.push(child)
  const look = (): true | undefined => {
    if (child.end !== undefined) throw new Error(`auki ${args[0]} has ended: ${child.stderr}`)
    return child.last(first) === undefined ? undefined : true
  }
  await until(`auki ${args.join(' ')}`, [child], look, { withinMs: startMs })
  return child
}

/** A Discovery service, a robot and a tablet. Resolves to the service's URL. */
async function cluster(children: AukiChild[]): Promise<string> {
  const discovery = await started(children, 'listening', 'discovery', '--port', '0')
  const url = String(discovery.last('listening')?.['url'])
  const at = ['--discovery', url, '--listen', '/ip4/127.0.0.1/tcp/0']
  const sensors = ['camera', 'lidar', 'pose'].flatMap((kind) => ['--sensor', `${kind}:synthetic`])
  await started(children, 'joined', 'join', 'lab', '--name', 'robot', ...sensors, ...at)
  await started(children, 'joined', 'join', 'lab', '--name', 'tablet', ...at)
  return url
}

/** `auki` as a person has it, in a place where nothing of the user's is in the way. */
async function place(url: string): Promise<{ readonly cwd: string; readonly env: Record<string, string> }> {
  const cwd = await mkdtemp(join(tmpdir(), 'auki-captures-'))
  const program = join(root, 'packages/cli/bin/auki.js')
  const bin = join(cwd, 'bin')
  await mkdir(bin)
  const script = `#!/bin/sh\nexec '${process.execPath}' --conditions=@auki/source '${program}' "$@"\n`
  await writeFile(join(bin, 'auki'), script, { mode: 0o755 })
  const env = { PATH: `${bin}${delimiter}${process.env['PATH']}`, HOME: cwd, XDG_CONFIG_HOME: cwd, AUKI_DISCOVERY_URL: url, NO_COLOR: '1' }
  return { cwd, env }
}

function text(line: string, { columns, rows }: Terminal, { running, ended, wrapped }: Shown): string {
  const rule = '-'.repeat(columns)
  const parts = [`$ ${line}    (${columns} x ${rows})`, ...(running === undefined ? [] : [rule, running, `${rule}\nCtrl-C`]), rule, ended]
  const long = wrapped.length === 0 ? [] : [rule, `${wrapped.length} lines are wider than the terminal`]
  return `${[...parts, ...long].join('\n')}\n`
}

const nameOf = (line: string, { columns }: Terminal): string =>
  `${line
    .slice(5)
    .replace(/[^\w-]+/g, '-')
    .slice(0, 80)}.${columns}.txt`

async function main(): Promise<void> {
  needTmux()
  const lines = await examples()
  await mkdir(values.out, { recursive: true })
  const children: AukiChild[] = []
  try {
    const url = await cluster(children)
    for (const terminal of terminals) {
      const { cwd, env } = await place(url)
      for (const line of lines) {
        const shown = await filmed(line, terminal, { cwd, env, runMs: line.startsWith('auki demo') ? demoMs : runMs })
        const name = nameOf(line, terminal)
        await writeFile(join(values.out, name), text(line, terminal, shown))
        console.log(`${name}${shown.wrapped.length === 0 ? '' : `  ${shown.wrapped.length} lines are wider than the terminal`}`)
      }
      await rm(cwd, { recursive: true, force: true })
    }
  } finally {
    for (const child of children) child.kill('SIGTERM')
    await Promise.all(children.map(({ ended }) => ended))
  }
}

await main()
process.exit(0)
