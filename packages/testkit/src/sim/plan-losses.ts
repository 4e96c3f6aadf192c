/** Some runs have half partitions and false signs of death: who can't hear whom is drawn by itself, so the other runs stay as they are. */
import type { Name, WorldCommand } from './commands.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import type { PeerPlan } from './world.ts'

const lossChance = 0.35
const quietMs = 8_000

type Faults = readonly { readonly afterMs: number; readonly command: WorldCommand }[]
type Kind = (random: Random, who: Name, whom: Name) => Faults

const kinds: readonly Kind[] = [
  // Two can't hear each other, all others hear both.
  (random, who, whom) => [
    { afterMs: 0, command: { do: 'part', who: [who], whom: [whom], forMs: random.pick([4_000, 12_000, 30_000, 60_000]) } }
  ],
  // A router answers for a living process.
  (random, who, whom) => [{ afterMs: 0, command: { do: 'reset', who, whom, forMs: random.between(300, 6_000) } }],
  // A supervisor starts it again.
  (random, who) => [
    { afterMs: 0, command: { do: 'crash', who } },
    { afterMs: random.between(2_000, 5_000), command: { do: 'restart', who, moved: random.chance(0.3), observer: false } }
  ],
  // It restarts while the Manager can't hear it: it lives, but only bootstraps.
  (random, who, whom) => [
    { afterMs: 0, command: { do: 'part', who: [who], whom: [whom], forMs: random.between(15_000, 40_000) } },
    { afterMs: random.between(0, 4_000), command: { do: 'restart', who, moved: random.chance(0.3), observer: false } }
  ],
  // The Manager loses power, another dies soon after.
  (random, who, whom) => [
    { afterMs: 0, command: { do: 'power-off', who: whom } },
    { afterMs: random.between(3_000, 9_000), command: { do: 'crash', who } }
  ]
]

export function drawLosses(seed: number, peers: readonly PeerPlan[], mendMs: number): Plan['commands'][number][] {
  const random = new Random(seed, 106)
  if (!random.chance(lossChance)) return []
  const names = peers.map(({ name }) => name)
  const commands: Plan['commands'][number][] = []
  for (let atMs = quietMs; atMs < mendMs; atMs += random.between(2_000, 30_000)) {
    const [who, other] = random.shuffled(names)
    // The first to start is most often the Manager.
    const whom = who !== names[0] && random.chance(0.6) ? names[0]! : other!
    for (const { afterMs, command } of random.pick(kinds)(random, who!, whom)) {
      const at = atMs + afterMs
      if (at < mendMs)
        commands.push({ atMs: at, command: 'forMs' in command ? { ...command, forMs: Math.min(command.forMs, mendMs - at) } : command })
    }
  }
  return commands
}
