/** A peer in a process of its own, so that it can be killed: joins, says so over IPC, and stays. */
import { joinAt } from './world.ts'

process.on('disconnect', () => process.exit())
export const member = await joinAt(process.argv[2]!, Number(process.argv[3]))
process.send?.('joined')
