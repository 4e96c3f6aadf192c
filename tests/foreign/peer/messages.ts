/** The messages of join and info, in their two forms, as the foreign peer writes and reads them. */
import { bytesOf, field, joined, readCompactJson, readFields, textOf, writeJson } from './wire.ts'

/** Older peers speak JSON under the same protocol ids. */
export type Form = 'protobuf' | 'json'

export function joinRequest(form: Form, multiaddrs: readonly string[], authorization = ''): Uint8Array {
  if (form === 'json') return bytesOf(writeJson({ multiaddrs, colour: 'red' }))
  const token = authorization === '' ? [] : [field(2, authorization)]
  return joined(...multiaddrs.map((address) => field(1, address)), ...token)
}

/** @throws Error unless it is protobuf with the fields of a JoinRequest, each as often as it may be there. */
export function readJoinRequest(payload: Uint8Array): { multiaddrs: string[]; authorization: string; observer: boolean; name?: string } {
  const fields = readFields(payload)
  const of = (number: number) => fields.filter((one) => one.number === number).map(({ content }) => content)
  const [authorization, ...tooMany] = of(2)
  if (tooMany.length > 0 || fields.some(({ number }) => ![1, 2, 1000, 1001, 1002].includes(number))) throw new Error('no JoinRequest')
  const [name] = of(1002)
  if (authorization instanceof Uint8Array && authorization.length === 0) throw new Error('an empty authorization is not written')
  return {
    multiaddrs: of(1).map((content) => textOf(content as Uint8Array)),
    authorization: authorization === undefined ? '' : textOf(authorization as Uint8Array),
    observer: of(1000).includes(1),
    ...(name !== undefined && { name: textOf(name as Uint8Array) })
  }
}

export function accept(form: Form, document: string): Uint8Array {
  if (form === 'json') return bytesOf(writeJson({ kind: 'accept', membership_json: document, successor_token: [222, 173], hue: 7 }))
  return field(1, joined(field(1, document), field(2, Uint8Array.of(222, 173)), field(9, 'a field of some later version')))
}

export function reject(form: Form, reason: string): Uint8Array {
  return form === 'json' ? bytesOf(writeJson({ kind: 'reject', reason })) : field(2, field(1, reason))
}

/** The document of an Accept, or the reason of a Reject. @throws Error for anything else, another form included. */
export function readJoinResponse(form: Form, payload: Uint8Array): { document: string } | { reason: string } {
  if (form === 'json') {
    const { kind, membership_json, successor_token, reason, ...more } = readCompactJson(payload)
    if (Object.keys(more).length > 0) throw new Error(`unknown keys ${Object.keys(more)}`)
    if (kind === 'accept' && Array.isArray(successor_token)) return { document: membership_json }
    if (kind === 'reject') return { reason }
    throw new Error(`no JoinResponse: ${textOf(payload)}`)
  }
  const [arm, ...more] = readFields(payload)
  const [inner] = readFields(arm?.content as Uint8Array)
  if (more.length > 0 || inner?.number !== 1) throw new Error('no JoinResponse')
  const text = textOf(inner.content as Uint8Array)
  return arm?.number === 1 ? { document: text } : { reason: text }
}

export function infoResponse(form: Form, info: string): Uint8Array {
  return form === 'json' ? bytesOf(writeJson({ participant_info_json: info, hue: 7 })) : field(1, info)
}

/** The JSON text inside. @throws Error for another form. */
export function readInfoResponse(form: Form, payload: Uint8Array): string {
  if (form === 'json') return readCompactJson(payload).participant_info_json
  const [only, ...more] = readFields(payload)
  if (only?.number !== 1 || more.length > 0) throw new Error('no InfoResponse')
  return textOf(only.content as Uint8Array)
}
