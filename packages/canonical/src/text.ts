/** Text and its halves: a JavaScript string may hold half of a character, bytes and other languages may not. */
const utf8 = new TextEncoder()

// C0, C1 and what turns the direction of writing: none of it shows, all of it can make one text look like another, and some moves a terminal's cursor.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const invisible = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/**
 * The UTF-8 bytes of a text that is signed, hashed or derived from.
 *
 * @throws TypeError for a lone surrogate: in UTF-8 all of them look alike, so different texts would have the same bytes.
 */
export function utf8Bytes(text: string): Uint8Array {
  refuseLoneSurrogates(text)
  return utf8.encode(text)
}

/** @throws TypeError (RFC 7493; RFC 8785, 3.2.2.2). */
export function refuseLoneSurrogates(text: string): void {
  if (!text.isWellFormed())
    throw new TypeError(`a text that is signed, hashed or derived from has a lone surrogate: ${JSON.stringify(cutText(text, 64))}`)
}

/** The first `charsMax` UTF-16 code units of a text; one less where that would cut a surrogate pair in two. */
export function cutText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const last = text.charCodeAt(charsMax - 1)
  const next = text.charCodeAt(charsMax)
  const pair = last >= 0xd800 && last <= 0xdbff && next >= 0xdc00 && next <= 0xdfff
  return text.slice(0, pair ? charsMax - 1 : charsMax)
}

/** A text of others as people may see it: each invisible character, line breaks too, replaced. */
export function visibleText(text: string, replacement = ''): string {
  return text.replace(invisible, replacement)
}

/** A name of others as people may see it: without what does not show, cut to `charsMax` characters (code points), and well-formed. */
export function visibleName(name: string, charsMax: number): string {
  const visible = visibleText(cutText(name, charsMax * 8)).toWellFormed()
  return visible.length <= charsMax ? visible : Array.from(visible).slice(0, charsMax).join('')
}
