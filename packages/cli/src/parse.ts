/** What people type, checked before anything is done with it. */
import type { ReadFrom } from '@auki/domain'
import { checkDiscoveryUrl } from '@auki/network/discovery-url' // all of the network would make every command slow to start
import { InvalidArgumentError } from 'commander'
import { CliError } from './errors.ts'
import { durationMsMax, grantedLifeMsMax, grantedLifeMsMin, rateMax } from './settings.ts'

/** `http://host:port`, with or without a path. @throws InvalidArgumentError; CliError 'wrong-usage' for a text that may hold a secret, which it does not repeat. */
export function httpUrl(text: string): string {
  try {
    checkDiscoveryUrl(text)
    return text
  } catch (error) {
    if (/[@?#]/.test(text)) throw new CliError('wrong-usage', `--discovery (or AUKI_DISCOVERY_URL): ${(error as Error).message}`)
    throw new InvalidArgumentError('It must be a URL like http://127.0.0.1:8080.')
  }
}

/** @throws InvalidArgumentError */
export function port(text: string): number {
  const number = Number(text)
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number
  throw new InvalidArgumentError('It must be a number from 0 (any free port) to 65535.')
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/** `3s`, `1.5s`, `500ms`, `2m` as whole ms, at most a day. @throws InvalidArgumentError */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text) ?? []
  const ms = Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN)
  if (Number.isInteger(ms) && ms > 0 && ms <= durationMsMax) return ms
  throw new InvalidArgumentError('It must be a duration from 1ms to 1440m, like 3s, 500ms or 2m.')
}

/** As {@link durationMs}, or `0`. @throws InvalidArgumentError */
export const instantMs = (text: string): number => (/^0(ms|s|m)?$/.test(text) ? 0 : durationMs(text))

/** How many times as fast. @throws InvalidArgumentError */
export function rate(text: string): number {
  const number = Number(text)
  if (/^\d{1,4}(\.\d{1,4})?$/.test(text) && number >= 1 / rateMax && number <= rateMax) return number
  throw new InvalidArgumentError(`It must be a number from 0.001 to ${rateMax}, like 2 or 0.5.`)
}

/** The longest life of a row that is granted, from 3 s to 15 s. @throws InvalidArgumentError */
export function grantedLifeMs(text: string): number {
  const ms = durationMs(text)
  if (ms >= grantedLifeMsMin && ms <= grantedLifeMsMax) return ms
  throw new InvalidArgumentError('It must be a duration from 3s to 15s, as this service keeps its rows in memory.')
}

/** One more multiaddr. @throws InvalidArgumentError */
export function multiaddrs(text: string, before: readonly string[] = []): string[] {
  if (/^(?:\/[^/\s]+){2,}$/.test(text)) return [...before, text]
  throw new InvalidArgumentError('It must be a multiaddr like /ip4/0.0.0.0/tcp/0.')
}

/** `auto`, `off`, or a multiaddr. @throws InvalidArgumentError */
export function relay(text: string): string {
  if (text === 'auto' || text === 'off') return text
  try {
    return multiaddrs(text)[0]!
  } catch {
    throw new InvalidArgumentError('It must be auto, off, or a multiaddr like /ip4/203.0.113.9/tcp/4001/p2p/<peer id>.')
  }
}

/** One more name. */
export const names = (text: string, before: readonly string[] = []): string[] => [...before, text]

/** @throws InvalidArgumentError */
export function count(text: string): number {
  const number = Number(text)
  if (/^\d{1,7}$/.test(text) && number > 0) return number
  throw new InvalidArgumentError('It must be a whole number from 1 to 9999999.')
}

const sensorKinds = ['camera', 'lidar', 'pose'] as const
export type SyntheticSensor = (typeof sensorKinds)[number]
export const sensorTexts: readonly string[] = sensorKinds.map((kind) => `${kind}:synthetic`)

/** One more `kind:synthetic`. @throws InvalidArgumentError */
export function sensor(text: string, before: readonly SyntheticSensor[] = []): SyntheticSensor[] {
  const kind = sensorKinds.find((known) => text === `${known}:synthetic`)
  if (kind !== undefined) return [...before, kind]
  throw new InvalidArgumentError(`It must be one of ${sensorTexts.join(', ')}.`)
}

/** `latest`, `start` (or `from_start`, as the API spells it), or a time in ns. @throws InvalidArgumentError */
export function readFrom(text: string): ReadFrom {
  if (text === 'latest') return 'latest'
  if (text === 'start' || text === 'from_start') return 'from_start'
  if (/^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n) return { fromTimestamp: BigInt(text) }
  throw new InvalidArgumentError(
    "It must be latest, start (or from_start), or a time in ns on the log's clock, from 0 to 9223372036854775807."
  )
}
