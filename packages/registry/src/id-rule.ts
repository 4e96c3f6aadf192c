/**
 * Which ids a sensor, clock, frame or detector may have.
 *
 * `>` and `@` join ids into log names (`a->b`, `detector@sensor`), so they can't be part of one. Whitespace is Unicode's White_Space property, not
 * JavaScript's `\s`: U+0085 is refused, U+FEFF and U+200B are accepted. Whether an id can be part of a path is another question, asked where the
 * path is made.
 */
import { RegistryError } from './errors.ts'

const disallowed = /[>@\p{White_Space}]/u
const printed: Readonly<Record<string, string>> = { '>': '>', '@': '@', ' ': ' ', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** @throws RegistryError `invalid-id` when the id is empty or contains `>`, `@` or a Unicode White_Space character. */
export function checkRegistryId(id: string): void {
  if (id === '') throw new RegistryError('invalid-id', 'registry id is empty', { id })
  const found = disallowed.exec(id)?.[0]
  if (found !== undefined) throw new RegistryError('invalid-id', `registry id contains disallowed character '${printChar(found)}'`, { id })
}

// As Rust's Debug prints a char, for the characters that are disallowed.
function printChar(char: string): string {
  return printed[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`
}
