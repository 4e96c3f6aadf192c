/** File names that Windows refuses, escaped: `a->b` becomes `a-%3Eb`. */

const forbidden = /[<>:"|?*%]|[. ]$/g
const escaped = /%([0-9A-F]{2})/g

/** A file name with `< > : " | ? * %` and a trailing dot or space written as `%XX`. */
export function escapeWindowsName(name: string): string {
  return name.replace(forbidden, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** The reverse of {@link escapeWindowsName}. */
export function unescapeWindowsName(name: string): string {
  return name.replace(escaped, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
