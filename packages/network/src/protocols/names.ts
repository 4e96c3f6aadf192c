/** Names from other peers, which people get to see, and ids from other peers, which are passed on. */
import { visibleName } from '@auki/canonical'
import { decodeError } from './codec-errors.ts'
import type { JsonRecord } from './json-frame.ts'
import { idCharsMax, nameCharsMax } from './limits.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/

/** A name without what does not show, cut to {@link nameCharsMax} characters. A name is never a reason to refuse a peer. */
export function cleanName(name: string): string {
  return visibleName(name, nameCharsMax)
}

/** Whether a text may be an id in a catalog: not too long, and without control characters. */
export function isCatalogId(text: string): boolean {
  return text.length <= idCharsMax && !control.test(text)
}

/** An id of a message, handed on as it is, and so bounded. @throws CodecError 'decode' */
export function idOf(record: JsonRecord, key: string): string {
  const id = record.string(key)
  if (!isCatalogId(id)) throw decodeError(`"${key}" is longer than an id may be, or has control characters`)
  return id
}
