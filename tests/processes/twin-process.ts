/** A peer in a process of its own that tells what becomes of it. */
import { joinAt } from '../integration/world.ts'

process.on('disconnect', () => process.exit())
const member = await joinAt(process.argv[2]!, Number(process.argv[3]))
process.send?.({ told: 'joined' })
void tellRoles()
const why = await member.domain.closed
process.send?.({ told: 'closed', code: why?.code, role: member.manager.role })

async function tellRoles(): Promise<void> {
  for await (const event of member.manager.events()) if (event.type === 'role-changed') process.send?.({ told: 'role', role: event.role })
}
