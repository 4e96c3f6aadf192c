/**
 * The language of scenarios: one command a line, a `----`, and what the cluster did.
 *
 *   world lan no-watch late-watch=1s delay=5ms discovery=20ms seed=7 rows=6s      optional, first; otherwise robust, watched, 1 ms and 2 ms
 *   peers a b c* d~ (e)                                     in this order, each waits for the one before; * an observer, ~ one by the reference's rules,
 *                                                           ! one that nobody can dial, @ one on loopback only, () not yet
 *   isolate a for 12s · crash a · restart a moved · …       the commands of `commands.ts`
 *   advance 10s · settle                                    let time pass: so long, or until all agree (60 s at most)
 *   show                                                    what each peer takes for true
 */
import { reasonOf } from '@auki/canonical'
import type { WorldCommand } from './commands.ts'
import { type Contradiction, contradictions } from './contradictions.ts'
import type { PeerPlan } from './world.ts'

export interface ScenarioWorld {
  readonly preset: 'lan' | 'wifi' | 'robust'
  readonly watch: boolean
  /** Asked for by every Manager, where it is not as the preset says. */
  readonly rowLifeMs?: number
  readonly delayMs: number
  readonly discoveryMs: number
  readonly seed: number
  /** Events of the watch come late by up to this much. */
  readonly watchLateMs: number
}

export interface ScenarioPeer {
  readonly name: string
  readonly observer: boolean
  readonly reference: boolean
  readonly absent: boolean
  readonly reach: PeerPlan['reach']
}

export type ScenarioCommand =
  | { readonly do: 'world'; readonly world: ScenarioWorld }
  | { readonly do: 'peers'; readonly peers: readonly ScenarioPeer[] }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'settle' | 'show' }
  | WorldCommand

/** A stretch of a scenario: its lines as they stand, and what came of them. */
export interface Block {
  readonly input: readonly string[]
  readonly output: readonly string[]
}

const isContradiction = (text: string): text is Contradiction => contradictions.some((known) => known === text)

const bar = '----'

/** Blocks are separated by an empty line after their output. */
export function parseScenario(text: string): Block[] {
  const blocks: { input: string[]; output: string[] }[] = []
  let current: { input: string[]; output: string[] } | undefined
  let answering = false
  for (const line of text.trimEnd().split('\n')) {
    if (line === '' && (answering || current === undefined)) {
      current = undefined
      answering = false
    } else if (line === bar) answering = true
    else {
      current ??= blocks[blocks.push({ input: [], output: [] }) - 1]!
      ;(answering ? current.output : current.input).push(line)
    }
  }
  return blocks
}

export function printScenario(blocks: readonly Block[]): string {
  return `${blocks.map(({ input, output }) => [...input, bar, ...output].join('\n')).join('\n\n')}\n`
}

/** The command on a line; nothing on a comment or an empty one. @throws Error when it is none. */
export function parseCommand(line: string): ScenarioCommand | undefined {
  const words = line.replace(/#.*/, '').trim().split(/\s+/)
  const [verb, ...rest] = words
  if (verb === undefined || verb === '') return undefined
  try {
    return commandOf(verb, new Words(rest))
  } catch (error) {
    throw new Error(`${line}: ${reasonOf(error)}`)
  }
}

function commandOf(verb: string, words: Words): ScenarioCommand {
  switch (verb) {
    case 'world':
      return { do: 'world', world: worldOf(words) }
    case 'peers':
      return { do: 'peers', peers: words.names().map(peerOf) }
    case 'advance':
      return { do: verb, ms: milliseconds(words.name()) }
    case 'settle':
    case 'show':
      return { do: verb }
    case 'start':
    case 'crash':
    case 'power-off':
    case 'leave':
    case 'roam':
    case 'drop-watch':
      return { do: verb, who: words.name() }
    case 'twin':
      return { do: verb, who: words.name(), observer: words.flag('observer') }
    case 'restart':
      return { do: verb, who: words.name(), moved: words.flag('moved'), observer: words.flag('observer') }
    case 'freeze':
    case 'suspend':
    case 'pause':
      return { do: verb, who: words.name(), forMs: words.forMs() }
    case 'disconnect':
    case 'break-carrier':
      return { do: verb, who: words.name(), whom: words.name() }
    default:
      return faultOf(verb, words)
  }
}

function faultOf(verb: string, words: Words): WorldCommand {
  switch (verb) {
    case 'isolate':
      return { do: verb, forMs: words.forMs(), who: words.names() }
    case 'part': {
      const forMs = words.forMs()
      const names = words.names()
      const arrow = names.indexOf('<->')
      if (arrow < 1) throw new Error('say between whom <-> and whom')
      return { do: verb, who: names.slice(0, arrow), whom: names.slice(arrow + 1), forMs }
    }
    case 'reset':
      return { do: verb, who: words.name(), whom: words.name(), forMs: words.forMs() }
    case 'cut': {
      const forMs = words.forMs()
      const names = words.names()
      const arrow = names.indexOf('->')
      if (arrow < 1) throw new Error('say from whom -> to whom')
      return { do: verb, from: names.slice(0, arrow), to: names.slice(arrow + 1), forMs }
    }
    case 'weather':
      return { do: verb, lossChance: words.number('loss'), spikeMs: words.ms('spike'), extraMs: words.ms('extra'), forMs: words.forMs() }
    case 'ail': {
      const chances = { errorChance: words.number('errors'), replyLostChance: words.number('lost') }
      return { do: verb, ...chances, beforeMs: words.ms('before'), afterMs: words.ms('after'), forMs: words.forMs(), who: words.names() }
    }
    case 'contradict': {
      const forMs = words.forMs()
      const how = words.name()
      if (!isContradiction(how)) throw new Error(`there is no contradiction ${how}: one of ${contradictions.join(', ')}`)
      return { do: verb, how, forMs, who: words.names() }
    }
    case 'squat':
      return { do: verb, forMs: words.forMs() }
    case 'forget':
      return { do: verb, downMs: words.ms('down'), behindMs: words.ms('behind') }
    case 'mute-watches':
      return { do: verb, forMs: words.forMs() }
    case 'step-wall':
      return { do: verb, who: words.name(), ms: milliseconds(words.name()) }
    case 'post':
      return { do: verb, astray: words.flag('astray'), who: words.name(), instance: words.names()[0] ?? '' }
    case 'forge':
      return { do: verb, hint: words.flag('hint'), times: words.number('times') || 1, everyMs: words.ms('every') || 50, who: words.name() }
    default:
      throw new Error(`there is no command ${verb}`)
  }
}

function worldOf(words: Words): ScenarioWorld {
  return {
    preset: words.flag('lan') ? 'lan' : words.flag('wifi') ? 'wifi' : 'robust',
    watch: !words.flag('no-watch'),
    ...rowLife(words.ms('rows')),
    delayMs: words.ms('delay') || 1,
    discoveryMs: words.ms('discovery') || 2,
    seed: words.number('seed') || 1,
    watchLateMs: words.ms('late-watch')
  }
}

const rowLife = (rowLifeMs: number): { readonly rowLifeMs?: number } => (rowLifeMs > 0 ? { rowLifeMs } : {})

function peerOf(word: string): ScenarioPeer {
  const name = word.replaceAll(/[()*~!@]/g, '')
  const reach = word.includes('!') ? 'nowhere' : word.includes('@') ? 'loopback' : 'public'
  return { name, observer: word.includes('*'), reference: word.includes('~'), absent: word.startsWith('('), reach }
}

function milliseconds(text: string): number {
  const [, digits, unit] = /^(-?\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? []
  if (digits === undefined) throw new Error(`${text} is not a duration like 250ms or 3s`)
  return Number(digits) * (unit === 's' ? 1_000 : 1)
}

/** The words after the verb, taken out one by one. */
class Words {
  #left: string[]

  constructor(words: readonly string[]) {
    this.#left = [...words]
  }

  name(): string {
    const word = this.#left.shift()
    if (word === undefined) throw new Error('something is missing')
    return word
  }

  /** All that is left. */
  names(): string[] {
    return this.#left.splice(0)
  }

  flag(name: string): boolean {
    const at = this.#left.indexOf(name)
    if (at >= 0) this.#left.splice(at, 1)
    return at >= 0
  }

  number(name: string): number {
    return Number(this.#value(name) ?? 0)
  }

  ms(name: string): number {
    return milliseconds(this.#value(name) ?? '0ms')
  }

  /** `for 5s`, at the end. */
  forMs(): number {
    const at = this.#left.indexOf('for')
    const [, duration] = at < 0 ? [] : this.#left.splice(at, 2)
    if (duration === undefined) throw new Error('say for how long')
    return milliseconds(duration)
  }

  #value(name: string): string | undefined {
    const at = this.#left.findIndex((word) => word.startsWith(`${name}=`))
    return at < 0 ? undefined : this.#left.splice(at, 1)[0]!.slice(name.length + 1)
  }
}
