/** The URL of a Discovery service, as people give it: checked before anything is asked, and never shown with a secret in it. */
import { DiscoveryClientError } from './errors.ts'

const example = 'write it like http://host:8080'

/**
 * The URL without trailing slashes, ready for a path.
 *
 * @throws DiscoveryClientError 'transport' where it is none, or has what is no part of the service's address: a user or password (give `authorization`),
 *   a query, a fragment. None of these is in the message.
 */
export function checkDiscoveryUrl(text: string): string {
  const url = URL.parse(text)
  const shown = shownUrl(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw refused(`"${shown}" is no URL of a Discovery service: ${example}`)
  if (url.username !== '' || url.password !== '' || authorityOf(text).includes('@')) {
    throw refused(
      `the URL of the Discovery service at ${url.host} has a user or password in it, which would be seen in logs: leave them out and give a token`
    )
  }
  if (/[?#]/.test(text)) throw refused(`${shown} must end there: a query or fragment (? or #) is no part of the URL of a Discovery service`)
  return text.trim().replace(/\/+$/, '')
}

/** A URL as it may be shown: without user, password, query and fragment. Works for text that is no URL, too. */
export function shownUrl(text: string): string {
  const [, scheme = '', rest = ''] = /^(\s*[a-z][a-z0-9+.-]*:[\\/]{2,})?(.*)$/is.exec(text) ?? []
  return (scheme + rest.slice(rest.lastIndexOf('@') + 1)).replace(/[?#].*$/s, '').trim()
}

/** Empty names are taken out by the parser, and would still be sent by others. */
const authorityOf = (text: string): string => /^\s*[a-z][a-z0-9+.-]*:[\\/]*([^\\/?#]*)/i.exec(text)?.[1] ?? ''

function refused(message: string): DiscoveryClientError {
  return new DiscoveryClientError('transport', message)
}
