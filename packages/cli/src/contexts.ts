/**
 * Contexts: Discovery services that have a name, and the one that is used where none is given.
 *
 * They are kept in `contexts.json` as `{ "current": "lab", "contexts": { "lab": { "discovery": "http://…" } } }`.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseJson, reasonOf } from '@auki/canonical'
import { CliError } from './errors.ts'
import type { Host } from './host.ts'
import { httpUrl } from './parse.ts'
import { discoveryUrlDefault } from './settings.ts'

export interface Contexts {
  readonly current?: string | undefined
  /** By name. */
  readonly contexts: ReadonlyMap<string, { readonly discovery: string }>
}

type Place = Pick<Host, 'configDirectory'>

export const contextsPath = ({ configDirectory }: Place): string => join(configDirectory, 'contexts.json')

/** None where there is no file. @throws CliError 'bad-contexts' */
export function readContexts(place: Place): Contexts {
  const path = contextsPath(place)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return { contexts: new Map() }
    throw badContexts(path, error)
  }
  try {
    return contextsOf(text)
  } catch (error) {
    throw badContexts(path, error)
  }
}

/** In one piece: who reads meanwhile has the old file or the new one. @throws CliError 'bad-contexts' */
export function writeContexts(place: Place, { current, contexts }: Contexts): void {
  const path = contextsPath(place)
  const text = JSON.stringify({ ...(current !== undefined && { current }), contexts: Object.fromEntries(contexts) }, undefined, 2)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw badContexts(path, error)
  }
}

/** Flag or environment, which are in the options; else the context in use; else a service on this machine. @throws CliError 'bad-contexts' */
export function discoveryUrlOf({ discovery }: { readonly discovery?: string | undefined }, place: Place): string {
  if (discovery !== undefined) return discovery
  const { current, contexts } = readContexts(place)
  return contexts.get(current ?? '')?.discovery ?? discoveryUrlDefault
}

/** Whether a context, and a file of them, can have this name. */
export const isContextName = (name: string): boolean => /^[A-Za-z0-9_-]{1,64}$/.test(name)

/** @throws Error for what are no contexts. */
function contextsOf(text: string): Contexts {
  const { current, contexts = {} } = recordOf(parseJson(text), 'it')
  const named = Object.entries(recordOf(contexts, '"contexts"')).map(([name, value]) => {
    if (!isContextName(name)) throw new TypeError('a name in "contexts" is not of A-Z a-z 0-9 _ -')
    const { discovery } = recordOf(value, `"${name}"`)
    if (typeof discovery !== 'string' || !isHttpUrl(discovery))
      throw new TypeError(`"${name}" has no "discovery" like ${discoveryUrlDefault}`)
    return [name, { discovery }] as const
  })
  const known = new Map(named)
  if (current === undefined) return { contexts: known }
  if (typeof current !== 'string' || !known.has(current)) throw new TypeError('"current" is none of "contexts"')
  return { current, contexts: known }
}

function isHttpUrl(text: string): boolean {
  try {
    return httpUrl(text) === text
  } catch {
    return false
  }
}

function recordOf(value: unknown, what: string): { readonly [key: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { readonly [key: string]: unknown }
  throw new TypeError(`${what} is no JSON object`)
}

function badContexts(path: string, cause: unknown): CliError {
  const message = `the contexts in ${path} can't be used: ${reasonOf(cause)}; mend the file, or remove it and add them again (auki context add)`
  return new CliError('bad-contexts', message, { path }, { cause })
}
