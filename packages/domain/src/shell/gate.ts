/** The app's decision about admissions. */
import { reasonOf } from '@auki/canonical'
import type { GateVerdict } from '../core/index.ts'
import type { Log } from '../log.ts'

/** What else a gate is told about an admission. */
export interface AdmitOccasion {
  readonly clusterName: string
  /** The Manager: ourselves. */
  readonly localPeerId: string
  /** The name the joiner claims, unproven; `undefined` when it has none. */
  readonly name: string | undefined
  /** Aborts when the joiner is gone or its ten seconds are over. */
  readonly signal: AbortSignal
}

/**
 * Asked about each JoinRequest, re-joins included; checks run side by side.
 *
 * `authorization` is the full value of an HTTP-style Authorization header, or empty. The `reason` of a refusal is sent to the joiner as it is. A check that
 * throws refuses without a reason; one that does not answer within ten seconds refuses with that as the reason.
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
