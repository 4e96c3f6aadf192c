/** What can come next on a command line: read from the program that will run it, so that nothing has to be kept in step. */
import type { Argument, Command, Option } from 'commander'

export interface Candidate {
  readonly text: string
  readonly help: string
}

/** `files`: names of files, which the shell knows best. `clusters`, `contexts`: such names, which have to be looked up. */
export type Kind = 'files' | 'clusters' | 'contexts'

export interface Completion {
  readonly candidates: readonly Candidate[]
  readonly kind?: Kind
}

/** What stands before the cursor: the command that is meant, and what is open there. */
interface Place {
  readonly command: Command
  /** Whose value comes next. */
  readonly option: Option | undefined
  /** How many arguments the command has been given. */
  readonly given: number
}

/** @param words - those after `auki`; the last one is being typed, and may be empty. */
export function complete(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? ''
  const { command, option, given } = placeOf(program, words.slice(0, -1))
  const { candidates, kind } = option === undefined ? atWord(command, given, typed) : valuesOf(option.argChoices, option.long ?? '')
  return { candidates: candidates.filter(({ text }) => text.startsWith(typed)), ...(kind && { kind }) }
}

function placeOf(program: Command, before: readonly string[]): Place {
  let place: Place = { command: program, option: undefined, given: 0 }
  for (const word of before) place = placeAfter(place, word)
  return place
}

function placeAfter({ command, option, given }: Place, word: string): Place {
  if (option !== undefined) return { command, option: undefined, given }
  if (word.startsWith('-')) {
    const named = command.options.find(({ long, short }) => word === long || word === short)
    return { command, option: named?.required === true ? named : undefined, given }
  }
  const below = given === 0 ? command.commands.find((one) => one.name() === word) : undefined
  return below === undefined ? { command, option: undefined, given: given + 1 } : { command: below, option: undefined, given: 0 }
}

function atWord(command: Command, given: number, typed: string): Completion {
  if (typed.startsWith('-')) return { candidates: optionsOf(command) }
  const visible = command.createHelp().visibleCommands(command)
  if (given === 0 && command.commands.length > 0) {
    return { candidates: visible.map((one) => ({ text: one.name(), help: one.description() })) }
  }
  const argument: Argument | undefined = command.registeredArguments[given]
  return argument === undefined ? { candidates: optionsOf(command) } : valuesOf(argument.argChoices, argument.name(), command)
}

const optionsOf = (command: Command): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long == null ? [] : [{ text: long, help: description }]))

/** Arguments and options are known by their names. */
const kinds: Readonly<Record<string, Kind>> = {
  cluster: 'clusters',
  '--cluster': 'clusters',
  file: 'files',
  '--out': 'files',
  '--seed-file': 'files'
}

function valuesOf(choices: readonly string[] | undefined, name: string, command?: Command): Completion {
  const candidates = (choices ?? []).map((text) => ({ text, help: '' }))
  const isContext = name === 'name' && command?.parent?.name() === 'context' && command.name() !== 'add'
  const kind = isContext ? 'contexts' : kinds[name]
  return { candidates, ...(kind && { kind }) }
}
