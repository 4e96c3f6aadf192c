/** Discovery services by name: which there are, and which one is used. */
import { contextsPath, discoveryUrlOf, isContextName, readContexts, writeContexts } from '../contexts.ts'
import { CliError } from '../errors.ts'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'

interface ContextOptions {
  readonly json?: boolean
}

/** Adds one, or gives the name another service. The first one is used at once. */
export function addContext(name: string, discovery: string, options: ContextOptions, host: Host): void {
  if (!isContextName(name)) throw new CliError('wrong-usage', `"${name}" can't be the name of a context: use 1 to 64 of A-Z a-z 0-9 _ -`)
  const { contexts, current = name } = readContexts(host)
  writeContexts(host, { current, contexts: new Map([...contexts, [name, { discovery }]]) })
  tell(name, discovery, current === name, options, host)
}

/** @throws CliError 'no-such-context' */
export function useContext(name: string, options: ContextOptions, host: Host): void {
  const { contexts } = readContexts(host)
  const { discovery } = contexts.get(name) ?? missing(name, contexts)
  writeContexts(host, { current: name, contexts })
  tell(name, discovery, true, options, host)
}

/** @throws CliError 'no-such-context' */
export function removeContext(name: string, options: ContextOptions, host: Host): void {
  const { contexts, current } = readContexts(host)
  if (!contexts.has(name)) missing(name, contexts)
  const left = new Map([...contexts].filter(([other]) => other !== name))
  writeContexts(host, { current: current === name ? undefined : current, contexts: left })
  const after = discoveryUrlOf({}, host)
  new Output(host, options).tell({ event: 'removed', context: name }, `${name} is removed; commands use ${after}`)
}

export function listContexts(options: ContextOptions, host: Host): void {
  const out = new Output(host, options)
  const { contexts, current } = readContexts(host)
  const all = [...contexts].map(([context, { discovery }]) => ({ context, discovery, current: context === current }))
  if (out.json) for (const one of all) out.tell(one, '')
  else if (all.length === 0) out.say(`no contexts in ${contextsPath(host)}; commands use ${discoveryUrlOf({}, host)}`)
  else
    out.table(
      [{ title: '' }, { title: 'CONTEXT' }, { title: 'DISCOVERY' }],
      all.map((one) => [one.current ? '*' : '', one.context, one.discovery])
    )
}

function tell(context: string, discovery: string, current: boolean, options: ContextOptions, host: Host): void {
  const text = current ? `commands use ${context}: ${discovery}` : `${context} is ${discovery}; to use it: auki context use ${context}`
  new Output(host, options).tell({ context, discovery, current }, text)
}

function missing(context: string, contexts: ReadonlyMap<string, unknown>): never {
  const known = [...contexts.keys()].join(', ') || 'none'
  throw new CliError('no-such-context', `there is no context "${context}", only ${known}; to add it: auki context add ${context} URL`, {
    context
  })
}
