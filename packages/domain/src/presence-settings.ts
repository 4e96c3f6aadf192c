/** The settings of a presence: resolved once from a preset and overrides, so that no code behind it deals with missing values. */
import { limits } from '@auki/network/protocols'
import { type PresetName, presets, rowLifeMaxMs, rowLifeMinMs, type Settings } from './core/index.ts'

export type { PresetName, Settings } from './core/index.ts'

/** The settings of the cluster protocol, and those of what surrounds it. Durations in ms. */
export interface PresenceSettings extends Settings {
  /**
   * How long a new Manager waits for an estimate of the domain clock before it starts a new timeline; it waits on while a member that backs the old one is
   * still in the cluster. ms, default 10,000.
   */
  readonly domainRestartAfterMs: number
  /** Sign requests that write to Discovery (RFC 9421); services that don't require it ignore the signature. Default true. */
  readonly signWrites: boolean
  /**
   * Dial addresses on this machine and in private networks when rows, documents or joiners name them. When false, host names are resolved first, where the
   * platform can, and must not resolve to such an address either. Default true.
   */
  readonly dialPrivate: boolean
}

/** A preset, default `robust`, and overrides of single settings. */
export type SettingsInit = { readonly preset?: PresetName } & Partial<PresenceSettings>

const shellDefaults = {
  domainRestartAfterMs: 10_000, // some twenty heartbeats of each member: a clock not measured by then is not going to be
  signWrites: true,
  dialPrivate: true // robots meet in private networks
}

const durationMaxMs = 24 * 60 * 60 * 1_000

type NumberNames = { [K in keyof PresenceSettings]: PresenceSettings[K] extends number | undefined ? K : never }[keyof PresenceSettings]

const ranges: Readonly<Record<NumberNames, readonly [min: number, max: number]>> = {
  rowLifeMs: [rowLifeMinMs, rowLifeMaxMs],
  peerLossTimeoutMs: [1_000, durationMaxMs], // two heartbeats: with less, every peer is lost between two of them
  joinDeadlineMs: [1, durationMaxMs],
  joinerGraceMs: [0, durationMaxMs],
  rowRecheckMs: [100, durationMaxMs], // more often would be a load on Discovery
  electionTurnMs: [1, durationMaxMs],
  maxMembers: [1, limits.membersMax],
  domainRestartAfterMs: [0, durationMaxMs]
}

/** @throws RangeError for an unknown preset or a number out of its range. */
export function resolveSettings({ preset = 'robust', ...overrides }: SettingsInit = {}): PresenceSettings {
  if (!Object.hasOwn(presets, preset)) {
    throw new RangeError(`there is no preset "${String(preset)}"; choose one of ${Object.keys(presets).join(', ')}`)
  }
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  const settings: PresenceSettings = { ...presets[preset], ...shellDefaults, ...given }
  for (const name of Object.keys(ranges) as NumberNames[]) check(name, settings[name])
  return settings
}

/** As Discovery takes them. */
const integers: ReadonlySet<NumberNames> = new Set(['rowLifeMs'])

function check(name: NumberNames, value: number | undefined): void {
  if (value === undefined) return // the preset says so
  const [min, max] = ranges[name]
  const isFit = integers.has(name) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (isFit && value >= min && value <= max) return
  const what = integers.has(name) ? 'an integer' : 'a number'
  throw new RangeError(`${name} is ${value}, it must be ${what} from ${min} to ${max}; leave it out for the preset's value`)
}
