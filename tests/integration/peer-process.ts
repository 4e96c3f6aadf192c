/** A peer in a process of its own, so that it can be killed: joins, says so over IPC, and stays. */
import { world } from './world.ts'

await using alone = await world()
await alone.join(Number(process.argv[3]), { discoveryUrl: process.argv[2]! })
process.send?.('joined')
await new Promise(() => {})
