/** Texts of others that people get to see, and ids of others that we hand on. */
import { idCharsMax, nameCharsMax } from './limits.ts'

// C0, C1 and what turns the direction of writing: none of it shows, and all of it can make one name look like another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const invisible = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f]/

/** A name without what does not show, cut to {@link nameCharsMax} characters. A name is never a reason to refuse a peer. */
export function cleanName(name: string): string {
  const clean = name.slice(0, nameCharsMax * 8).replace(invisible, '')
  if (clean.length <= nameCharsMax) return clean
  const characters = Array.from(clean) // code points: a pair of surrogates is never cut
  return characters.slice(0, nameCharsMax).join('')
}

/** Whether a text may be an id in a catalog: not too long, and without control characters. */
export function isCatalogId(text: string): boolean {
  return text.length <= idCharsMax && !control.test(text)
}
