/**
 * Hosts on one machine: network namespaces whose interfaces are ports of a switch with bad links.
 *
 * Every host has `eth0` with 10.66.0.N and fd66::N unless told otherwise; all hosts share the machine's clocks, so that every age and offset is known exactly.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { type Link, Switch, type WayStats } from './switch.ts'

export interface HostInit {
  /** Interface to its addresses, such as `10.66.0.11/24`; default: `eth0` with one of each family. */
  readonly interfaces?: Readonly<Record<string, readonly string[]>>
  /** Where it sends what is for none of its networks; default: nowhere. */
  readonly gateway?: string
}

const firstNumber = 10
const prefix = 'auki-'

/** Runs a program to its end. @throws Error with what it said. */
const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

/** Of labs that were not taken down, by this process; gone when it exits, however. */
const standing = new Set<string>()

function removeNamespace(namespace: string): void {
  spawnSync('ip', ['netns', 'del', namespace], { stdio: 'ignore' })
  standing.delete(namespace)
}

/** Those of labs whose process was killed. */
function removeAbandoned(): void {
  for (const line of run('ip', 'netns', 'list').split('\n')) {
    const [, namespace, pid] = /^(auki-(\d+)-\S+)/.exec(line) ?? []
    if (namespace !== undefined && !isAlive(Number(pid))) removeNamespace(namespace)
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

export class Host {
  readonly name: string
  readonly namespace: string
  /** The command that runs another one here. */
  readonly under: readonly string[]
  /** In order, without their prefix length. */
  readonly addresses: readonly string[]
  readonly #wire: () => Switch

  constructor(namespace: string, addresses: readonly string[], wire: () => Switch) {
    this.name = namespace.replace(/^auki-\d+-/, '')
    this.namespace = namespace
    this.under = ['nsenter', `--net=/run/netns/${namespace}`]
    this.addresses = addresses.map((address) => address.replace(/\/\d+$/, ''))
    this.#wire = wire
  }

  /** Runs a program here, to its end. */
  run(...command: string[]): string {
    const [program, ...args] = [...this.under, ...command]
    return run(program!, ...args)
  }

  /** `ip …` here. */
  ip(...args: string[]): string {
    return run('ip', '-n', this.namespace, ...args)
  }

  /** Other addresses at an interface, such as `10.66.0.11/24`; the old ones are gone at once. */
  readdress(addresses: readonly string[], networkInterface = 'eth0'): void {
    this.ip('addr', 'flush', 'dev', networkInterface, 'scope', 'global')
    for (const address of addresses) this.ip('addr', 'add', address, 'dev', networkInterface, ...(address.includes(':') ? ['nodad'] : []))
  }

  /** A setting of its network, by its path below `/proc/sys/net`. */
  tune(setting: string, value: number): void {
    this.run('sh', '-c', `echo ${value} > /proc/sys/net/${setting}`)
  }

  /** How TCP finds out how much it may send from here, for connections that begin later: `cubic`, as most hosts do, whatever this machine's own are set to. */
  congestionControl(name: string, networkInterface = 'eth0'): void {
    for (const family of ['-4', '-6']) {
      const routes = this.ip(family, 'route', 'show', 'dev', networkInterface, 'proto', 'kernel').split('\n')
      for (const route of routes.filter((line) => line !== '' && !line.startsWith('fe80')))
        this.ip(family, 'route', 'change', ...route.trim().split(/\s+/), 'dev', networkInterface, 'proto', 'kernel', 'congctl', name)
    }
  }

  /** What its link does from now on; `up`: from here. */
  async link(way: 'up' | 'down' | 'both', link: Link, networkInterface = 'eth0'): Promise<void> {
    const settings = Object.entries(link).map(([key, value]) => `${key}=${value}`)
    await this.#wire().tell(`set ${this.namespace}:${networkInterface} ${way} ${settings.join(' ')}`)
  }

  /** Nothing passes any more, in silence. */
  async cut(networkInterface = 'eth0'): Promise<void> {
    await this.#wire().tell(`cut ${this.namespace}:${networkInterface}`)
  }

  async mend(networkInterface = 'eth0'): Promise<void> {
    await this.#wire().tell(`mend ${this.namespace}:${networkInterface}`)
  }

  /** Nothing passes between the two, either way. */
  async part(from: Host): Promise<void> {
    for (const [one, other] of this.#bothWays(from)) await this.#wire().tell(`block ${one} ${other}`)
  }

  async meet(again: Host): Promise<void> {
    for (const [one, other] of this.#bothWays(again)) await this.#wire().tell(`unblock ${one} ${other}`)
  }

  /** Since it was asked last. */
  async stats(networkInterface = 'eth0'): Promise<{ readonly up: WayStats; readonly down: WayStats }> {
    return JSON.parse(await this.#wire().tell(`stats ${this.namespace}:${networkInterface}`))
  }

  #bothWays({ namespace }: Host): [string, string][] {
    const [here, there] = [`${this.namespace}:eth0`, `${namespace}:eth0`]
    return [
      [here, there],
      [there, here]
    ]
  }
}

export class Lab implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<string, Host>
  readonly #switch: Switch
  readonly #stack: AsyncDisposableStack

  private constructor(hosts: ReadonlyMap<string, Host>, wire: Switch, stack: AsyncDisposableStack) {
    this.#hosts = hosts
    this.#switch = wire
    this.#stack = stack
  }

  /** Hosts by name; the first is number 10. */
  static async open(hosts: Readonly<Record<string, HostInit>>): Promise<Lab> {
    if (standing.size === 0) removeAbandoned()
    await using stack = new AsyncDisposableStack()
    let wire: Switch | undefined
    const made = Object.entries(hosts).map(([name, { interfaces = defaultInterfaces(at(hosts, name)), gateway }]) => {
      const namespace = `${prefix}${process.pid}-${name}`
      addNamespace(namespace, stack)
      return { host: new Host(namespace, Object.values(interfaces).flat(), () => wire!), interfaces, gateway }
    })
    wire = stack.use(
      await Switch.start(made.flatMap(({ host, interfaces }) => Object.keys(interfaces).map((one) => `${host.namespace}:${one}`)))
    )
    for (const { host, interfaces, gateway } of made) {
      for (const [one, addresses] of Object.entries(interfaces)) raise(host, one, addresses)
      if (gateway !== undefined) host.ip('route', 'add', 'default', 'via', gateway)
    }
    return new Lab(new Map(made.map(({ host }) => [host.name, host])), wire, stack.move())
  }

  host(name: string): Host {
    const host = this.#hosts.get(name)
    if (host === undefined) throw new Error(`there is no host ${name}`)
    return host
  }

  /** To be ended before the network goes. */
  use<T extends AsyncDisposable>(one: T): T {
    return this.#stack.use(one)
  }

  /** All links are perfect again. */
  async clear(): Promise<void> {
    await this.#switch.tell('clear all')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync()
  }
}

const at = (hosts: object, name: string): number => firstNumber + Object.keys(hosts).indexOf(name)
const defaultInterfaces = (number: number): HostInit['interfaces'] & object => ({ eth0: [`10.66.0.${number}/24`, `fd66::${number}/64`] })

function addNamespace(namespace: string, stack: AsyncDisposableStack): void {
  if (standing.size === 0) process.once('exit', () => [...standing].forEach(removeNamespace))
  run('ip', 'netns', 'add', namespace)
  standing.add(namespace)
  stack.defer(() => removeNamespace(namespace))
}

/** Brings an interface up with its addresses. A host with several answers at each only for what is its own. */
function raise(host: Host, networkInterface: string, addresses: readonly string[]): void {
  host.ip('link', 'set', 'lo', 'up')
  host.tune(`ipv4/conf/${networkInterface}/arp_ignore`, 1)
  host.tune(`ipv4/conf/${networkInterface}/arp_announce`, 2)
  host.tune(`ipv6/conf/${networkInterface}/accept_dad`, 0)
  host.readdress(addresses, networkInterface)
  host.ip('link', 'set', networkInterface, 'up')
}
