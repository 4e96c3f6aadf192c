/** The app's say in admissions. */
import type { GateVerdict } from '../core/index.ts'
import type { Log } from '../log.ts'
import { reasonOf } from './reason.ts'

/**
 * Asked about each JoinRequest, re-joins included; checks run side by side.
 *
 * `authorization` is the full value of an HTTP-style Authorization header, or empty. `signal` aborts when the joiner is gone or its ten seconds are
 * over. A refusal's `reason` is told to the joiner as it is; a check that throws refuses too, without telling why.
 */
export interface AdmitGate {
  check(peerId: string, authorization: string, options: { readonly signal: AbortSignal }): Promise<AdmitVerdict> | AdmitVerdict
}

export type AdmitVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export async function askGate(
  gate: AdmitGate,
  asked: { readonly peerId: string; readonly authorization: string; readonly signal: AbortSignal },
  log: Log
): Promise<GateVerdict> {
  try {
    const verdict = await gate.check(asked.peerId, asked.authorization, { signal: asked.signal })
    if (verdict.ok === true) return { kind: 'ok' }
    if (verdict.ok === false && typeof verdict.reason === 'string') return { kind: 'refused', reason: verdict.reason }
    throw new TypeError('it must answer { ok: true } or { ok: false, reason }')
  } catch (error) {
    log('warn', `the admit gate failed for ${asked.peerId}: ${reasonOf(error)}`, { peerId: asked.peerId })
    return { kind: 'failed' }
  }
}
