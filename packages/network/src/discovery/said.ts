/** What an answer says, for people: a line of an error's text. Services of ours say why in JSON; what stands in between sends pages. */
import { cutText, visibleText } from '@auki/canonical'

const charsShown = 200

export function said(body: string): string {
  const { error, message } = errorBody(body)
  if (error !== undefined) return short(message === undefined ? error : `${error}: ${message}`)
  return short(body.replace(/<(style|script)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' '))
}

/** The error's code and text, where the body is one of our services'. */
export function errorBody(body: string): { readonly error?: string; readonly message?: string } {
  try {
    const { error, message } = JSON.parse(body)
    return { ...(typeof error === 'string' ? { error } : {}), ...(typeof message === 'string' ? { message } : {}) }
  } catch {
    return {}
  }
}

function short(text: string): string {
  const line = visibleText(text, ' ').replace(/\s+/g, ' ').trim()
  return line.length <= charsShown ? line : `${cutText(line, charsShown)}…`
}
