/** What an app may set about its presence: resolved once, so that inside nothing is optional. */
import { limits } from '@auki/network/protocols'
import { type PresetName, presets, type Settings } from './core/index.ts'

export type { PresetName, Settings } from './core/index.ts'

/** The settings of the cluster rules, and those of the shell around them. Durations in ms. */
export interface PresenceSettings extends Settings {
  /** A Manager that could not take over the domain clock for this long starts a new one, unless a member still can bring the old one back. */
  readonly domainRestartAfterMs: number
  /** Sign what is written to Discovery (RFC 9421); services that don't ask for it ignore it. */
  readonly signWrites: boolean
  /**
   * Dial addresses on this machine and in private networks when rows, documents or joiners name them. Without it a name is looked up first, where the
   * platform can, and must not lead there either.
   */
  readonly dialPrivate: boolean
}

/** A preset and what differs from it. */
export type SettingsInit = { readonly preset?: PresetName } & Partial<PresenceSettings>

const shellDefaults = {
  domainRestartAfterMs: 10_000, // some twenty heartbeats of every member: who has not been measured by then won't be
  signWrites: true,
  dialPrivate: true // robots meet in private networks
}

const durationMaxMs = 24 * 60 * 60 * 1_000

type NumberNames = { [K in keyof PresenceSettings]: PresenceSettings[K] extends number ? K : never }[keyof PresenceSettings]

const ranges: Readonly<Record<NumberNames, readonly [min: number, max: number]>> = {
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

function check(name: NumberNames, value: number): void {
  const [min, max] = ranges[name]
  if (Number.isFinite(value) && value >= min && value <= max) return
  throw new RangeError(`${name} is ${value}, it must be a number from ${min} to ${max}; leave it out for the preset's value`)
}
