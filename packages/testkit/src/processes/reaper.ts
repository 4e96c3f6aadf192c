/** Kills the processes it was told of when the one that told it is gone: a process that is stopped would not notice by itself. */
const pids = new Set<number>()

process.on('message', ({ pid, runs }: { pid: number; runs: boolean }) => {
  if (runs) pids.add(pid)
  else pids.delete(pid)
})
process.on('disconnect', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  process.exit()
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}) // meant for the others; it is the last to go
