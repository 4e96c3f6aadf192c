/** Parts of the sentences in which the service says what is wrong with a request. */
import { cutText } from '@auki/canonical'

/** Where something is in a body: `manager_multiaddrs[1]`. */
export function placeOf(path: readonly PropertyKey[] = []): string {
  if (path.length === 0) return 'the body'
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : String(step))).join('')
}

/** What a value is, as a noun. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'bigint':
      return `the integer ${value}`
    case 'number':
      return `the ${Number.isInteger(value) ? 'integer' : 'number'} ${value}`
    default:
      return `a ${typeof value}`
  }
}

/** A text of a client, as far as it is shown. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text, 80))
}

/** At most so many characters of it, and a sign that there are more. */
export function shorten(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${cutText(text, charsMax)}…`
}
