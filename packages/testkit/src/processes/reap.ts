import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

let reaper: ChildProcess | undefined

/** Sees to it that a process is killed when this one ends, however it ends: one that is stopped, or no program of ours, would not notice. */
export function reap(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined) return
  tell(pid, true)
  child.once('exit', () => tell(pid, false))
}

function tell(pid: number, runs: boolean): void {
  if (reaper === undefined) {
    reaper = fork(fileURLToPath(new URL('./reaper.ts', import.meta.url)), { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    reaper.unref()
    reaper.channel?.unref()
  }
  if (reaper.connected) reaper.send({ pid, runs })
}
