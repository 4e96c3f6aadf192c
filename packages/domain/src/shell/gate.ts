/** The app's say in admissions. */
import type { GateVerdict } from '../core/index.ts'
import type { Log } from '../log.ts'
import { reasonOf } from './reason.ts'

/** What a gate is told beside who asks with what. */
export interface AdmitOccasion {
  readonly clusterName: string
  /** The Manager: ourselves. */
  readonly localPeerId: string
  /** What the joiner calls itself, where it says so. Nothing proves it. */
  readonly name: string | undefined
  /** Aborts when the joiner is gone or its ten seconds are over. */
  readonly signal: AbortSignal
}

/**
 * Asked about each JoinRequest, re-joins included; checks run side by side.
 *
 * `authorization` is the full value of an HTTP-style Authorization header, or empty. A refusal's `reason` is told to the joiner as it is; a check that throws refuses too, without telling why; one that
 * does not answer in time refuses with that as the reason.
 */
export interface AdmitGate {
  check(peerId: string, authorization: string, about: AdmitOccasion): Promise<AdmitVerdict> | AdmitVerdict
}

export type AdmitVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export async function askGate(
  gate: AdmitGate,
  asked: { readonly peerId: string; readonly authorization: string; readonly about: AdmitOccasion },
  log: Log
): Promise<GateVerdict> {
  try {
    const verdict = await gate.check(asked.peerId, asked.authorization, asked.about)
    if (verdict.ok === true) return { kind: 'ok' }
    if (verdict.ok === false && typeof verdict.reason === 'string') return { kind: 'refused', reason: verdict.reason }
    throw new TypeError('it must answer { ok: true } or { ok: false, reason }')
  } catch (error) {
    log('warn', `the admit gate failed for ${asked.peerId}: ${reasonOf(error)}`, { peerId: asked.peerId })
    return { kind: 'failed' }
  }
}
