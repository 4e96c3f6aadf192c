/** Does to the world what a command says, and takes it back when its time is over. */
import { assertNever } from '@auki/canonical'
import type { Name, WorldCommand } from './commands.ts'
import { clusterName } from './plan.ts'
import type { Process } from './process.ts'
import { calm } from './wire.ts'
import type { World } from './world.ts'

export function perform(world: World, command: WorldCommand): void {
  switch (command.do) {
    case 'start':
    case 'crash':
    case 'power-off':
    case 'leave':
    case 'restart':
    case 'twin':
      return performLife(world, command)
    case 'freeze':
    case 'suspend':
    case 'pause':
    case 'roam':
    case 'step-wall':
    case 'forge':
      return performMachine(world, command)
    case 'forget':
    case 'ail':
    case 'contradict':
    case 'squat':
    case 'mute-watches':
    case 'drop-watch':
    case 'post':
      return performDiscovery(world, command)
    case 'isolate':
    case 'cut':
    case 'part':
    case 'reset':
    case 'weather':
    case 'disconnect':
    case 'break-carrier':
      return performNetwork(world, command)
    default:
      assertNever(command)
  }
}

type Only<D extends WorldCommand['do']> = Extract<WorldCommand, { do: D }>

function performLife(world: World, command: Only<'start' | 'crash' | 'power-off' | 'leave' | 'restart' | 'twin'>): void {
  const peer = world.peer(command.who)
  switch (command.do) {
    case 'start':
      return world.start(peer)
    case 'crash':
      return peer.process?.stop('crashed')
    case 'power-off':
      peer.machine.up = false
      return peer.process?.stop('lost power', false)
    case 'leave':
      peer.wanted = false
      return peer.process?.loop.deliver(() => peer.process?.post({ type: 'leave-called' }))
    case 'restart':
      peer.process?.stop('crashed')
      if (command.moved) peer.port++
      peer.observer = command.observer
      return world.start(peer)
    case 'twin': {
      const twin = world.addTwin(peer)
      if (twin === undefined) return
      twin.observer = command.observer ?? peer.plan.observer
      world.start(twin)
    }
  }
}

function performMachine(world: World, command: Only<'freeze' | 'suspend' | 'pause' | 'roam' | 'step-wall' | 'forge'>): void {
  const process = world.peer(command.who).process
  if (process === undefined || !process.alive) return
  switch (command.do) {
    case 'step-wall':
      if (process.halted === undefined) process.stepWall(command.ms)
      return
    case 'roam':
      return world.roam(world.peer(command.who))
    case 'forge':
      return forge(world, process, command)
    default:
      world.queue.after(command.forMs, process.halt(command.do))
  }
}

/** Documents of a reign just above the one held, that list everybody: all that Discovery can tell them from is the row. */
function forge(world: World, process: Process, command: Only<'forge'>): void {
  const { membership } = process.view()
  if (command.times === 0 || !process.alive || membership.order === undefined) return
  world.liars.add(process.peer)
  const order = { epoch: membership.order.epoch + 1, version: 1 }
  const document = { ...membership, order }
  const hint = command.hint ? { handoverTo: process.peer } : {}
  process.loop.deliver(() => process.node.exchanges.push({ type: 'push', to: process.node.connectedMembers(), document, ...hint }))
  world.queue.after(command.everyMs, () => forge(world, process, { ...command, times: command.times - 1 }))
}

type DiscoveryCommand = 'forget' | 'ail' | 'contradict' | 'squat' | 'mute-watches' | 'drop-watch' | 'post'

function performDiscovery(world: World, command: Only<DiscoveryCommand>): void {
  const { service, queue } = world
  switch (command.do) {
    case 'forget':
      return service.restart(command.downMs, command.behindMs)
    case 'post':
      return post(world, command)
    case 'drop-watch':
      return service.dropWatches(world.machineOf(command.who))
    case 'mute-watches':
      service.mute = true
      return queue.after(command.forMs, () => {
        service.mute = false
      })
    case 'squat':
      return service.squat(clusterName, queue.now + command.forMs)
    case 'contradict': {
      const machines = command.who.map((name) => world.machineOf(name))
      for (const machine of machines) service.contradictions.set(machine, command.how)
      return queue.after(command.forMs, () => {
        for (const machine of machines) service.contradictions.delete(machine)
      })
    }
    case 'ail': {
      const machines = command.who.map((name) => world.machineOf(name))
      for (const machine of machines) service.ailments.set(machine, command)
      return queue.after(command.forMs, () => {
        for (const machine of machines) if (service.ailments.get(machine) === command) service.ailments.delete(machine)
      })
    }
  }
}

/** Without `If-Match`, as anybody may. */
function post({ service, discoveryMachine, peers }: World, { who, instance, astray }: Only<'post'>): void {
  const { id, process } = peers.get(who) ?? {}
  const row = service.row(clusterName)
  if (process === undefined || row?.managerPeerId !== id) return
  const { managerPeerId, relayMultiaddrs } = row!
  const managerMultiaddrs = astray ? ['/ip4/10.0.9.9/tcp/9'] : process.addresses
  const claim = { managerPeerId, managerMultiaddrs, relayMultiaddrs, instance }
  service.handle({ machine: discoveryMachine }, { kind: 'rotate', name: clusterName, claim, ifMatch: undefined }, () => undefined)
}

function performNetwork(
  world: World,
  command: Only<'isolate' | 'cut' | 'part' | 'reset' | 'weather' | 'disconnect' | 'break-carrier'>
): void {
  const { wire, queue } = world
  switch (command.do) {
    case 'weather':
      wire.weather = command
      return queue.after(command.forMs, () => {
        if (wire.weather === command) wire.weather = calm
      })
    case 'cut':
      return cutFor(world, pairs(world, command.from, command.to), command.forMs)
    case 'part':
      return cutFor(world, [...pairs(world, command.who, command.whom), ...pairs(world, command.whom, command.who)], command.forMs)
    case 'isolate': {
      const others = ['discovery', ...world.peers.keys()].filter((name) => !command.who.includes(name))
      return cutFor(world, [...pairs(world, command.who, others), ...pairs(world, others, command.who)], command.forMs)
    }
    default:
      return performTrouble(world, command)
  }
}

/** Something between two processes ends for no reason. */
function performTrouble(world: World, command: Only<'disconnect' | 'break-carrier' | 'reset'>): void {
  const who = world.peer(command.who).process
  const whom = world.peer(command.whom).process
  if (!who?.alive || !whom?.alive) return
  if (command.do === 'reset') return world.network.reset(who.node, whom.node, command.forMs)
  if (command.do === 'break-carrier') return who.loop.deliver(() => who.node.carriers.breakOff(whom.peer))
  for (const connection of world.network.connectionsOf(who.node, whom.node)) for (const end of connection.ends) connection.end(end, 'local')
}

function pairs(world: World, from: readonly Name[], to: readonly Name[]): [number, number][] {
  return from.flatMap((a) => to.map((b): [number, number] => [world.machineOf(a), world.machineOf(b)])).filter(([a, b]) => a !== b)
}

function cutFor(world: World, pairs: readonly [number, number][], ms: number): void {
  const heals = pairs.map(([from, to]) => world.wire.cut(from, to))
  world.queue.after(ms, () => {
    for (const heal of heals) heal()
  })
}

/** Everything that is wrong is mended: cuts, weather, Discovery, halted processes. The dead stay dead. */
export function mend(world: World): void {
  world.wire.healAll()
  world.network.mend()
  world.service.ailments.clear()
  world.service.contradictions.clear()
  world.service.mute = false
  for (const process of world.living()) process.resume()
}
