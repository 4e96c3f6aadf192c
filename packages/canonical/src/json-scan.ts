/**
 * What a JSON text holds, found in one pass and before anything is built.
 *
 * A megabyte of text can hold half a million values. Whoever reads a stranger's text says how many it may have; counting them costs a fraction of
 * building them. The pass knows tokens, not grammar: of a text that is no JSON it says something, and the parser refuses it.
 */

/** The tokens of a JSON text. */
export interface JsonScan {
  /** Nested arrays and objects. */
  readonly depth: number
  /** Arrays, objects, strings, numbers and words; keys do not count. */
  readonly values: number
  /** Integer tokens of 16 characters or more, which a `number` may not hold exactly. */
  readonly bigIntegers: number
  /** Number tokens with `.`, `e` or `E`. */
  readonly fractions: number
  /** Keys that begin with a digit or an escape, and so may look like array indexes. */
  readonly indexedKeys: number
}

/** Upper bounds of a {@link JsonScan}. */
export interface JsonBounds {
  readonly depthMax: number
  readonly valuesMax: number
}

const bigIntegerChars = 16 // shorter integers are below 2^53

const isDigit = (code: number) => code >= 0x30 && code <= 0x39
const isLetter = (code: number) => code >= 0x61 && code <= 0x7a

/** @throws SyntaxError as soon as the text is over a bound. */
export function scanJson(text: string, { depthMax, valuesMax }: JsonBounds): JsonScan {
  let [depth, deepest, values, bigIntegers, fractions, indexedKeys] = [0, 0, 0, 0, 0, 0]
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      const start = at
      at = stringEnd(text, start)
      if (!isKey(text, at)) values++
      else if (isDigit(text.charCodeAt(start + 1)) || text.charCodeAt(start + 1) === 0x5c) indexedKeys++
    } else if (isDigit(code) || code === 0x2d) {
      const end = numberEnd(text, at)
      values++
      if (hasFraction(text, at, end)) fractions++
      else if (end - at >= bigIntegerChars) bigIntegers++
      at = end
    } else if (code === 0x5b || code === 0x7b) {
      values++
      depth++
      if (depth > deepest) deepest = depth
      if (depth > depthMax) throw new SyntaxError(`the JSON text is nested more than ${depthMax} levels deep`)
      at++
    } else if (isLetter(code)) {
      values++
      at = wordEnd(text, at)
    } else {
      if (code === 0x5d || code === 0x7d) depth--
      at++
    }
    if (values > valuesMax) throw new SyntaxError(`the JSON text holds more than ${valuesMax} values`)
  }
  return { depth: deepest, values, bigIntegers, fractions, indexedKeys }
}

/** Behind the closing quote of the string that begins at `start`; behind the text, where none closes it. */
export function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end
    while (text.charCodeAt(escapes - 1) === 0x5c) escapes--
    if ((end - escapes) % 2 === 0) return end + 1
  }
  return text.length + 1
}

/** Where the next token begins. */
export function spaceEnd(text: string, start: number): number {
  let at = start
  for (let code = text.charCodeAt(at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = text.charCodeAt(++at));
  return at
}

function isKey(text: string, end: number): boolean {
  return text.charCodeAt(spaceEnd(text, end)) === 0x3a
}

/** Behind the number token that begins at `start`. */
export function numberEnd(text: string, start: number): number {
  let at = start + 1
  for (let code = text.charCodeAt(at); ; code = text.charCodeAt(++at)) {
    if (!isDigit(code) && code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== 0x2d) return at
  }
}

/** Whether the number token from `start` to `end` is written with `.`, `e` or `E`. */
export function hasFraction(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x2e || code === 0x65 || code === 0x45) return true
  }
  return false
}

/** Behind the word that begins at `start`. */
export function wordEnd(text: string, start: number): number {
  let at = start + 1
  while (isLetter(text.charCodeAt(at))) at++
  return at
}
