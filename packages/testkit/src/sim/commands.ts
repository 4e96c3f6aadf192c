/** What can be done to the world, as data: a fault schedule and a scenario speak the same language. */

import type { Contradiction } from './contradictions.ts'

/** Peers by name; `discovery` is the machine of the service. */
export type Name = string

export type WorldCommand =
  | { readonly do: 'start'; readonly who: Name }
  | { readonly do: 'crash' | 'power-off' | 'leave'; readonly who: Name }
  /** With the same identity; `moved`: at another address. */
  | { readonly do: 'restart'; readonly who: Name; readonly moved: boolean; readonly observer: boolean }
  /** A second process with the identity of `who`, on a machine of its own. */
  | { readonly do: 'twin'; readonly who: Name; readonly observer?: boolean }
  /** Its machine gets another address, and the old one is dead. */
  | { readonly do: 'roam'; readonly who: Name }
  | { readonly do: 'freeze' | 'suspend' | 'pause'; readonly who: Name; readonly forMs: number }
  /** Cuts both ways between a group and everybody else. */
  | { readonly do: 'isolate'; readonly who: readonly Name[]; readonly forMs: number }
  /** Cuts both ways between two groups, and nobody else: half a partition. */
  | { readonly do: 'part'; readonly who: readonly Name[]; readonly whom: readonly Name[]; readonly forMs: number }
  /** A router between two resets their connections and refuses dials for a while: each takes the other for dead. */
  | { readonly do: 'reset'; readonly who: Name; readonly whom: Name; readonly forMs: number }
  /** Nothing gets from one group to the other. */
  | { readonly do: 'cut'; readonly from: readonly Name[]; readonly to: readonly Name[]; readonly forMs: number }
  | { readonly do: 'weather'; readonly lossChance: number; readonly spikeMs: number; readonly extraMs: number; readonly forMs: number }
  | {
      readonly do: 'ail'
      readonly who: readonly Name[]
      readonly errorChance: number
      readonly replyLostChance: number
      readonly beforeMs: number
      readonly afterMs: number
      readonly forMs: number
    }
  /** Discovery contradicts itself towards these peers. */
  | { readonly do: 'contradict'; readonly who: readonly Name[]; readonly how: Contradiction; readonly forMs: number }
  /** Somebody whom nobody can dial takes the name if it is free, and keeps it. */
  | { readonly do: 'squat'; readonly forMs: number }
  /** Somebody rotates the row of this Manager to its own name, with this instance or none; `astray`: at an address where nobody is. */
  | { readonly do: 'post'; readonly who: Name; readonly instance: string; readonly astray: boolean }
  /** Discovery restarts without its rows. */
  | { readonly do: 'forget'; readonly downMs: number; readonly behindMs: number }
  | { readonly do: 'mute-watches'; readonly forMs: number }
  | { readonly do: 'drop-watch'; readonly who: Name }
  | { readonly do: 'disconnect' | 'break-carrier'; readonly who: Name; readonly whom: Name }
  | { readonly do: 'step-wall'; readonly who: Name; readonly ms: number }
  /** A member forges documents of a reign that never was, and pushes them to all, this many times. */
  | { readonly do: 'forge'; readonly who: Name; readonly times: number; readonly everyMs: number; readonly hint: boolean }

/** One line for people. */
export function describeCommand(command: WorldCommand): string {
  const words = Object.entries(command).filter(([key]) => key !== 'do')
  return [command.do, ...words.map(([key, value]) => `${key}=${format(value)}`)].join(' ')
}

function format(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000)
  return Array.isArray(value) ? value.join(',') : String(value)
}
