/** The yardstick: a chronyd that measures another one on this machine, over UDP. Neither touches the system clock, which both read: every offset is an error. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const serverPort = 11_323
/** Two packets a second, as many as our heartbeats. */
const poll = -1
const startMs = 5_000

/** The version that is installed, if any. */
export function chronyVersion(): string | undefined {
  const { status, stdout } = spawnSync('chronyd', ['--version'], { encoding: 'utf8' })
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined
}

/** Estimated offsets while it ran, ns; empty when chronyd did not get going. */
export async function chronyOffsets(measureMs: number): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-clock-'))
  const started: ChildProcess[] = []
  const start = async (name: string, lines: readonly string[]): Promise<void> => {
    const file = join(directory, `${name}.conf`)
    const common = ['cmdport 0', 'bindcmdaddress /', `pidfile ${join(directory, `${name}.pid`)}`]
    await writeFile(file, [...common, ...lines, ''].join('\n'))
    started.push(spawn('chronyd', ['-x', '-n', '-u', 'root', '-f', file], { stdio: 'ignore' }))
  }
  try {
    await start('server', [`port ${serverPort}`, 'bindaddress 127.0.0.1', 'local stratum 1', 'allow 127.0.0.1'])
    const source = `server 127.0.0.1 port ${serverPort} minpoll ${poll} maxpoll ${poll} iburst`
    await start('client', ['port 0', source, `logdir ${directory}`, 'log tracking'])
    await sleep(startMs + measureMs)
    const log = await readFile(join(directory, 'tracking.log'), 'utf8').catch(() => '')
    return offsets(log)
  } finally {
    for (const child of started) child.kill('SIGKILL')
    await rm(directory, { recursive: true, force: true })
  }
}

/** Date, time, address, stratum, frequency, its skew, and then the offset in seconds. */
function offsets(log: string): number[] {
  return log
    .split('\n')
    .filter((line) => /^\d{4}-/.test(line))
    .map((line) => Number(line.trim().split(/\s+/)[6]) * 1e9)
    .filter(Number.isFinite)
}
