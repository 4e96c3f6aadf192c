/** A peer in a process of its own, so that it can be killed or have a twin: joins, stays, and tells what becomes of it. */
import { initOf, tell } from '@auki/testkit/processes'
import type { Told } from './remote-peer.ts'
import { joinAt } from './world.ts'

const { discoveryUrl, seed } = initOf<{ readonly discoveryUrl: string; readonly seed: number }>()
const { domain, manager } = await joinAt(discoveryUrl, seed)
tell<Told>({ told: 'joined' })
void tellRoles()
const why = await domain.closed
tell<Told>({ told: 'closed', code: why?.code, role: manager.role })

async function tellRoles(): Promise<void> {
  for await (const event of manager.events()) if (event.type === 'role-changed') tell<Told>({ told: 'role', role: event.role })
}
