/** A process whose app joins, drops parts of its handle on command, and collects garbage. Told over IPC; run with --expose-gc. */
import { Domain } from '../domain.ts'
import { participant } from './presence.ts'

const { peer, session, config } = await participant(1)
const log = (level: string, text: string): void => {
  if (level === 'warn') process.send?.({ warned: text })
}
let kept: unknown

// In a function of its own: a module that awaits keeps what it awaited for as long as it lives.
async function join(): Promise<void> {
  const domain = await Domain.join(peer, session, config(process.argv[2]!, { log }))
  void domain.closed.then((why) => process.send?.({ closed: String(why) }))
  kept = domain
}

/** Several collections in tasks of their own: a WeakRef keeps what it pointed to until the end of the task that looked. */
function collect(times: number): void {
  globalThis.gc?.()
  if (times > 0) setTimeout(() => collect(times - 1), 20)
  else process.send?.({ collected: true })
}

process.on('message', (command: 'keep the manager only' | 'drop everything' | 'collect') => {
  if (command === 'keep the manager only') kept = (kept as Domain).clusterManager
  if (command === 'drop everything') kept = undefined
  collect(8)
})
process.on('disconnect', () => process.exit())
await join()
process.send?.({ joined: true })
