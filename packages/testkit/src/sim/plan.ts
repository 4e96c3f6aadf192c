/**
 * A run as drawn from its seed: who takes part, how good the network is, and what goes wrong when.
 *
 * Each run has a few kinds of trouble and leaves the others out: what needs three of one kind in a row is found sooner than by a bit of everything.
 */
import { presets, type Settings, type Target } from '@auki/domain/core'
import type { Name, WorldCommand } from './commands.ts'
import { contradictions } from './contradictions.ts'
import { drawLosses } from './plan-losses.ts'
import { Random } from './random.ts'
import type { PeerPlan } from './world.ts'

export interface Plan {
  readonly seed: number
  readonly clusterName: string
  readonly peers: readonly PeerPlan[]
  /** One-way delays between two peers, and to Discovery, ms: the range of a run. */
  readonly peerDelayMs: readonly [number, number]
  readonly discoveryDelayMs: readonly [number, number]
  readonly jitter: number
  readonly commands: readonly { readonly atMs: number; readonly command: WorldCommand }[]
  /** When everything is mended, and who is started then if it does not run. */
  readonly mendMs: number
  readonly revived: readonly Name[]
  /** For people. */
  readonly summary: string
}

export const clusterName = 'lab'
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
const quietMs = 8_000
const forgetGapMs = 10_000 // each time, every Manager has to create its row again at once
const mixedChance = 0.2
const contraryChance = 0.25
const reachChance = 0.2
const postChance = 0.15
const roamChance = 0.25
const napChance = 0.2
const longRowsChance = 0.25
const faultMs = { min: 30_000, max: 70_000 }

type Kind = (random: Random, names: readonly Name[]) => WorldCommand | readonly { afterMs: number; command: WorldCommand }[]

export function drawPlan(seed: number): Plan {
  const random = new Random(seed, 100)
  const count = 2 + random.below(names.length - 1)
  const peers = withRowLives(seed, withReach(seed, withReferences(seed, drawPeers(random, names.slice(0, count)))))
  const mixed = peers.filter(({ reference }) => reference).map(({ name }) => name)
  const delays = random.pick([
    [0.2, 1],
    [0.2, 1],
    [2, 15],
    [10, 60],
    [60, 120]
  ] as const)
  const mendMs = quietMs + random.between(faultMs.min, faultMs.max)
  const kinds = drawKinds(random)
  const contrary = drawContradictions(seed, peers, mendMs)
  const losses = drawLosses(seed, peers, mendMs)
  const others = [...contrary, ...drawOutages(seed, peers, mendMs), ...losses, ...drawMoves(seed, peers, mendMs)]
  const posts = mixed.length > 0 ? [] : drawPosts(seed, peers, mendMs)
  const commands = [...drawStarts(random, peers), ...drawFaults(random, kinds, peers, mendMs), ...posts, ...others]
    .filter(({ command }) => command.do !== 'twin' || !mixed.includes(command.who)) // the reference does not know its twin
    .sort((a, b) => a.atMs - b.atMs)
  const { settings } = peers.find(({ reference }) => !reference)!
  return {
    seed,
    clusterName,
    peers,
    peerDelayMs: delays,
    discoveryDelayMs: random.pick([[0.5, 3], [5, 40], [40, 120], delays] as const),
    jitter: random.pick([0.1, 0.5, 2]),
    commands,
    mendMs,
    revived: drawRevived(random, peers),
    summary: `${count} peers, ${settings.peerLossTimeoutMs === presets.lan.peerLossTimeoutMs ? 'lan' : 'robust'}, ${mixed.length === 0 ? '' : `mixed (${mixed.join(' ')}), `}${kinds.map(([name]) => name).join(' ')}${contrary.length === 0 ? '' : ' contrary'}${losses.length === 0 ? '' : ' losses'}`
  }
}

function drawPeers(random: Random, named: readonly Name[]): PeerPlan[] {
  const preset = random.pick([presets.lan, presets.robust])
  const watch = random.pick(['on', 'on', 'off', 'mixed'] as const)
  const watchLateMs = random.pick([0, 0, 0, 500, 3_000])
  const observers = random.chance(0.25) ? 0.3 : 0
  const gate = random.chance(0.2) ? { refuseChance: 0, failChance: random.pick([0, 0.1]), slowMs: random.pick([20, 2_000]) } : undefined
  return named.map((name, index) => {
    const settings: Settings = { ...preset, watch: watch === 'mixed' ? random.chance(0.5) : watch === 'on' }
    const observer = index > 0 && random.chance(observers)
    return { name, target: drawTarget(random, index), observer, reference: false, reach: 'public', settings, gate, watchLateMs }
  })
}

/** Some runs have one or two peers that follow the reference's rules; a stream of their own, so the other runs stay as they are. */
function withReferences(seed: number, peers: readonly PeerPlan[]): PeerPlan[] {
  const random = new Random(seed, 101)
  const count = random.chance(mixedChance) ? Math.min(1 + random.below(2), peers.length - 1) : 0
  const chosen = random.shuffled(peers).slice(0, count)
  return peers.map((peer) => {
    if (!chosen.includes(peer)) return peer
    const { peerLossTimeoutMs } = random.pick([presets.lan, presets.robust])
    return { ...peer, reference: true, observer: false, gate: undefined, settings: { ...peer.settings, peerLossTimeoutMs, watch: false } }
  })
}

/** Some runs have a Discovery that contradicts itself, and strangers; a stream of their own, so the other runs stay as they are. */
function drawContradictions(seed: number, peers: readonly PeerPlan[], mendMs: number): Plan['commands'][number][] {
  const random = new Random(seed, 102)
  if (!random.chance(contraryChance)) return []
  const all = peers.map(({ name }) => name)
  return Array.from({ length: 1 + random.below(6) }, () => {
    const atMs = random.between(0, mendMs)
    const lasts = Math.min(forMs(random), mendMs - atMs)
    if (random.chance(0.25)) return { atMs, command: { do: 'squat', forMs: lasts } }
    const who = random.chance(0.5) ? [...all] : group(random, all)
    return { atMs, command: { do: 'contradict', who, how: random.pick(contradictions), forMs: lasts } }
  })
}

/** Some runs have members that nobody can dial, which never create, and some that only their own machine can. */
function withReach(seed: number, peers: readonly PeerPlan[]): PeerPlan[] {
  const random = new Random(seed, 104)
  if (!random.chance(reachChance)) return [...peers]
  return peers.map((peer, index) => {
    const reach = random.pick(['public', 'loopback', 'nowhere'] as const)
    if (index === 0 || peer.reference || reach === 'public') return peer
    return { ...peer, reach }
  })
}

/** Some runs have rows that live from 3 to 15 s, each as the Manager of its time asks for, or 60 s. */
function withRowLives(seed: number, peers: readonly PeerPlan[]): PeerPlan[] {
  const random = new Random(seed, 105)
  if (!random.chance(longRowsChance)) return [...peers]
  const same = random.chance(0.3) ? random.pick([6_000, 15_000, 60_000]) : undefined
  return peers.map((peer) => {
    const rowLifeMs = same ?? random.pick([undefined, 3_000, Math.round(random.between(3_000, 15_000))])
    return peer.reference
      ? { ...peer, settings: { ...peer.settings, rowLifeMs: undefined } }
      : { ...peer, settings: { ...peer.settings, rowLifeMs } }
  })
}

/** Under long rows: a directory that begins anew while some are cut off from it, who go on with the row that is gone. */
function drawOutages(seed: number, peers: readonly PeerPlan[], mendMs: number): Plan['commands'][number][] {
  const random = new Random(seed, 106)
  if (peers.every(({ settings }) => (settings.rowLifeMs ?? 0) <= 3_000) || !random.chance(0.5)) return []
  const atMs = random.between(quietMs, mendMs)
  const who = random.chance(0.5)
    ? [random.pick(peers).name]
    : group(
        random,
        peers.map(({ name }) => name)
      )
  const lasts = Math.min(random.between(5_000, 40_000), mendMs - atMs)
  return [
    { atMs, command: { do: 'cut', from: who, to: ['discovery'], forMs: lasts } },
    { atMs, command: { do: 'cut', from: ['discovery'], to: who, forMs: lasts } },
    { atMs: atMs + random.between(0, 2_000), command: { do: 'forget', downMs: random.pick([20, 500]), behindMs: 0 } }
  ]
}

/** Some runs have somebody who posts rows in a Manager's name, now and then in the same one. */
function drawPosts(seed: number, peers: readonly PeerPlan[], mendMs: number): Plan['commands'][number][] {
  const random = new Random(seed, 103)
  if (!random.chance(postChance)) return []
  const everyMs = random.pick([700, 2_600, 8_000])
  return Array.from({ length: 12 }, (_, index) => {
    const command = {
      do: 'post',
      who: random.pick(peers).name,
      instance: random.pick(['', 'foreign', 'foreign', `other${index}`]),
      astray: random.chance(0.4)
    } as const
    return { atMs: quietMs + everyMs * index + random.between(0, 500), command }
  }).filter(({ atMs }) => atMs < mendMs)
}

/** In some runs peers roam, and sleep for longer than anybody waits for them; a stream of its own, so the other runs stay as they are. */
function drawMoves(seed: number, peers: readonly PeerPlan[], mendMs: number): Plan['commands'][number][] {
  const random = new Random(seed, 107)
  const roams = random.chance(roamChance) ? 1 + random.below(6) : 0
  const naps = random.chance(napChance) ? 1 + random.below(3) : 0
  const commands: WorldCommand[] = [
    ...Array.from({ length: roams }, () => ({ do: 'roam', who: random.pick(peers).name }) as const),
    ...Array.from({ length: naps }, () => ({ do: 'suspend', who: random.pick(peers).name, forMs: random.between(16_000, 25_000) }) as const)
  ]
  return commands.map((command) => ({ atMs: random.between(quietMs, mendMs), command }))
}

function drawTarget(random: Random, index: number): Target {
  if (index > 0 && random.chance(0.1)) return { kind: 'join', name: clusterName }
  if (random.chance(0.1)) return { kind: 'mostRecentOrCreate', fallbackName: clusterName }
  return { kind: 'joinOrCreate', name: clusterName }
}

/** All at once, or one after the other; some come while things go wrong. */
function drawStarts(random: Random, peers: readonly PeerPlan[]): Plan['commands'][number][] {
  const spreadMs = random.pick([0, 50, 4_000])
  return peers.map(({ name }, index) => {
    const late = index > 1 && random.chance(0.15) ? random.between(0, 40_000) : 0
    return { atMs: (spreadMs * index) / peers.length + late, command: { do: 'start', who: name } }
  })
}

function drawFaults(random: Random, kinds: readonly (readonly [string, Kind])[], peers: readonly PeerPlan[], mendMs: number) {
  const meanGapMs = random.pick([800, 2_000, 5_000])
  const all = peers.map(({ name }) => name)
  const faults: { atMs: number; command: WorldCommand }[] = []
  for (let atMs = quietMs; atMs < mendMs; atMs += random.between(0, 2 * meanGapMs)) {
    const drawn = random.pick(kinds)[1](random, all)
    const commands = Array.isArray(drawn) ? drawn : [{ afterMs: 0, command: drawn }]
    for (const { afterMs, command } of commands) faults.push({ atMs: atMs + afterMs, command })
  }
  let forgotAt = Number.NEGATIVE_INFINITY
  return faults.filter(({ atMs, command }) => {
    if (command.do !== 'forget') return atMs < mendMs
    const apart = atMs - forgotAt >= forgetGapMs
    if (apart) forgotAt = atMs
    return apart && atMs < mendMs
  })
}

function drawRevived(random: Random, peers: readonly PeerPlan[]): Name[] {
  const eligible = peers.filter(({ observer, target, reach }) => !observer && target.kind !== 'join' && reach !== 'nowhere')
  const sure = random.pick(eligible).name
  return peers.filter(({ name }) => name === sure || random.chance(0.6)).map(({ name }) => name)
}

const forMs = (random: Random): number =>
  random.pick([random.between(100, 1_500), random.between(1_000, 6_000), random.between(4_000, 25_000)])

const group = (random: Random, names: readonly Name[]): Name[] =>
  random.shuffled(names).slice(0, 1 + random.below(Math.max(1, names.length - 1)))

const comeBack: Kind = (random, names) => {
  const who = random.pick(names)
  const stop = { do: random.pick(['crash', 'crash', 'power-off'] as const), who }
  const restart = { do: 'restart', who, moved: random.chance(0.4), observer: false } as const
  const afterMs = random.pick([random.between(50, 1_000), random.between(500, 4_000), random.between(3_000, 20_000)])
  return random.chance(0.8)
    ? [
        { afterMs: 0, command: stop },
        { afterMs, command: restart }
      ]
    : stop
}

const kinds: Readonly<Record<string, Kind>> = {
  crash: comeBack,
  leave: (random, names) => {
    const who = random.pick(names)
    const leave = { do: 'leave', who } as const
    return [
      { afterMs: 0, command: leave },
      { afterMs: random.between(20, 9_000), command: { do: 'start', who } }
    ]
  },
  halt: (random, names) => ({ do: random.pick(['freeze', 'freeze', 'suspend'] as const), who: random.pick(names), forMs: forMs(random) }),
  pause: (random, names) => ({ do: 'pause', who: random.pick(names), forMs: forMs(random) }),
  isolate: (random, names) => {
    const who = group(random, names)
    return { do: 'isolate', who: random.chance(0.3) ? [...who, 'discovery'] : who, forMs: forMs(random) }
  },
  oneWay: (random, names) => {
    const from = group(random, names)
    const rest = names.filter((name) => !from.includes(name))
    const to = random.chance(0.3) || rest.length === 0 ? [...rest, 'discovery'] : rest
    return random.chance(0.5) ? { do: 'cut', from, to, forMs: forMs(random) } : { do: 'cut', from: to, to: from, forMs: forMs(random) }
  },
  offline: (random, names) => {
    const who = random.chance(0.3) ? [...names] : group(random, names)
    return random.chance(0.5)
      ? { do: 'cut', from: who, to: ['discovery'], forMs: forMs(random) }
      : { do: 'cut', from: ['discovery'], to: who, forMs: forMs(random) }
  },
  weather: (random) => ({
    do: 'weather',
    lossChance: random.pick([0.02, 0.1, 0.3]),
    spikeMs: random.pick([400, 3_000]),
    extraMs: random.pick([0, 0, 100]),
    forMs: forMs(random)
  }),
  ail: (random, names) => ({
    do: 'ail',
    who: random.chance(0.5) ? [...names] : group(random, names),
    errorChance: random.pick([0, 0.3, 1]),
    replyLostChance: random.pick([0, 0.3, 0.8]),
    beforeMs: random.pick([0, 0, 0, 1_000, 4_000]),
    afterMs: random.pick([0, 0, 1_000, 2_000, 4_000]),
    forMs: forMs(random)
  }),
  forget: (random) => ({ do: 'forget', downMs: random.pick([20, 500, 4_000]), behindMs: random.pick([0, 0, 60_000]) }),
  watches: (random, names) =>
    random.chance(0.5) ? { do: 'mute-watches', forMs: forMs(random) } : { do: 'drop-watch', who: random.pick(names) },
  streams: (random, names) => {
    const [who, whom] = random.shuffled(names)
    return { do: random.pick(['disconnect', 'break-carrier'] as const), who: who!, whom: whom! }
  },
  clocks: (random, names) => ({ do: 'step-wall', who: random.pick(names), ms: random.between(-4_000, 4_000) }),
  lies: (random, names) => ({
    do: 'forge',
    who: random.pick(names),
    times: random.pick([1, 200]),
    everyMs: random.pick([20, 50]),
    hint: random.chance(0.3)
  }),
  twin: (random, names) => ({ do: 'twin', who: random.pick(names) }),
  viewer: (random, names) => ({ do: 'restart', who: random.pick(names.slice(1)), moved: false, observer: random.chance(0.5) })
}

const rare = new Set(['lies', 'twin', 'pause', 'clocks', 'viewer', 'forget'])

function drawKinds(random: Random): (readonly [string, Kind])[] {
  const drawn = Object.entries(kinds).filter(([name]) => random.chance(rare.has(name) ? 0.1 : 0.35))
  return drawn.length > 0 ? drawn : [['crash', comeBack]]
}
