/** What an answer says, for people: a line of an error's text. Services of ours say why in JSON; what stands in between sends pages. */
import { cutText } from '@auki/canonical'

const charsShown = 200

export function said(body: string): string {
  const { error, message } = errorBody(body)
  if (error !== undefined) return short(message === undefined ? error : `${error}: ${message}`)
  return short(body.replace(/<(style|script)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' '))
}

function errorBody(body: string): { readonly error?: string; readonly message?: string } {
  try {
    const { error, message } = JSON.parse(body)
    return { ...(typeof error === 'string' ? { error } : {}), ...(typeof message === 'string' ? { message } : {}) }
  } catch {
    return {}
  }
}

function short(text: string): string {
  const line = cleaned(text).replace(/\s+/g, ' ').trim()
  return line.length <= charsShown ? line : `${cutText(line, charsShown)}…`
}

/** Nothing that moves a terminal's cursor or turns its text around. */
export const cleaned = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ' ')
