/**
 * What may reach a terminal. Names, ids, attributes, errors: nearly all that a command prints can come from a stranger, who must not move the cursor, recolour,
 * reorder or hide what others say. So a terminal takes only {@link CleanText}, which is made here and nowhere else; our own colours are added to it afterwards.
 */
import { styleText } from 'node:util'
import cliTruncate from 'cli-truncate'
import stringWidth from 'string-width'
import { hangColumnsMax, lineCharsMax, marksMax } from './settings.ts'

declare const isClean: unique symbol

/** Text that steers no terminal. */
export type CleanText = string & { readonly [isClean]: true }

/** Of those that Node knows. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** Controls, format characters (bidi among them), separators of lines, halves of pairs, and what else is not seen; but not what selects the form of an emoji. */
const steering = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Marks on one letter: a heap of them reaches over the lines above and below. */
const heaps = new RegExp(`(\\p{M}{${marksMax}})\\p{M}+`, 'gu')
const joiner = '\u200d'
const endsInPicture = /\p{Extended_Pictographic}(\ufe0f|[\u{1f3fb}-\u{1f3ff}])?$/u
const beginsWithPicture = /^\p{Extended_Pictographic}/u

/** On one line. What would steer is spelled out (`\u001b`), and a very long text is cut in the middle. */
export function clean(text: string): CleanText {
  const [first = '', ...more] = shortened(text, lineCharsMax).split('\n')
  const line = [first.trimEnd(), ...more.map((part) => part.trim())].filter((part) => part !== '').join(' ')
  return withoutSteering(line).replace(heaps, '$1…') as CleanText
}

/** Several lines, as they are. */
export function cleanLines(text: string): CleanText {
  return text.split('\n').map(withoutSteering).join('\n') as CleanText
}

/** JSON that says the same. */
export function cleanJson(json: string): CleanText {
  return json.replace(steering, (char) => char.split('').map(spelledOut).join('')) as CleanText
}

export function painted(style: Style, text: CleanText): CleanText {
  return styleText(style, text, { validateStream: false }) as CleanText
}

export function joined(parts: readonly CleanText[], by: ' ' | '  ' | '\n'): CleanText {
  return parts.join(by) as CleanText
}

/** Cut in the middle to so many columns of a terminal: `12D3Ko…8kQz`. */
export function cutTo(text: CleanText, columns: number): CleanText {
  return stringWidth(text) <= columns ? text : (cliTruncate(text, columns, { position: 'middle' }) as CleanText)
}

/** Broken between words, so that no line is wider than so many columns; further lines begin under what follows the last wide gap near the start. */
export function wrappedTo(line: CleanText, columns: number): CleanText {
  if (stringWidth(line) <= columns) return line
  const [hang = ''] = /^(?:.*\S {2,}| +)(?=\S)/.exec(line.slice(0, hangColumnsMax)) ?? []
  const indent = ' '.repeat(hang.length)
  const lines = ['']
  for (const word of line.split(/(?<=\S) (?=\S)/)) {
    const last = lines.at(-1)!
    if (last === '') lines[lines.length - 1] = word
    else if (stringWidth(`${last} ${word}`) <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(indent + word)
  }
  return lines.join('\n') as CleanText
}

/** With blanks before or after it, so that it takes so many columns. */
export function padded(text: CleanText, columns: number, where: 'before' | 'after'): CleanText {
  const blanks = ' '.repeat(Math.max(0, columns - stringWidth(text)))
  return (where === 'before' ? blanks + text : text + blanks) as CleanText
}

/** Its beginning and its end, where it has more than so many UTF-16 units; says how many are left out. */
export function shortened(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const half = Math.floor(charsMax / 2)
  return `${text.slice(0, half)}…(${text.length - 2 * half} more)…${text.slice(-half)}`
}

function withoutSteering(line: string): string {
  return line.replace(steering, (char, at: number) => (char === joiner && joinsPictures(line, at) ? char : spelledOut(char)))
}

function joinsPictures(line: string, at: number): boolean {
  return endsInPicture.test(line.slice(Math.max(0, at - 4), at)) && beginsWithPicture.test(line.slice(at + 1, at + 3))
}

function spelledOut(char: string): string {
  const code = char.codePointAt(0)!
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}
