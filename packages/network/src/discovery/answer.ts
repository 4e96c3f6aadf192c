/** What an answer of Discovery comes to, whatever was asked. */
import { cutText, visibleText } from '@auki/canonical'
import { decodeJsonText } from '../protocols/json-frame.ts'
import { discoveryRowValuesMax } from '../protocols/limits.ts'
import { DiscoveryClientError } from './errors.ts'
import type { HttpAnswer } from './http.ts'
import { type DiscoveryClusterEntry, decodeRow, readable } from './row.ts'
import { errorBody, said } from './said.ts'

/** Of an answer that fits no rule, this much is kept for the reader of the error. */
const bodyCharsKept = 2_000

/** The row that an answer is, or has under `key`; or why it can't be read. */
export function readRow({ body, call: asked }: HttpAnswer, key?: string): DiscoveryClusterEntry | { readonly error: unknown } {
  try {
    return readable(() => {
      const record = decodeJsonText(body, discoveryRowValuesMax)
      return decodeRow(key === undefined ? record : record.record(key))
    }, asked)
  } catch (error) {
    return { error }
  }
}

/** Whether it says, in the words of our service, that there is no such row. */
export function saysAbsent({ status, body }: HttpAnswer): boolean {
  return status === 404 && errorBody(body).error === 'no-such-cluster'
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

/** Trouble that names the call and what was answered. */
export function statusError({ call: asked, status, body }: HttpAnswer): DiscoveryClientError {
  return new DiscoveryClientError('status', `Discovery answered ${status}: ${said(body) || 'nothing'} (to ${asked})`, {
    status,
    body: cutText(visibleText(body, ' '), bodyCharsKept),
    call: asked
  })
}
