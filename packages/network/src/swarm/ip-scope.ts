/**
 * How far an IP address reaches, judged by its text alone.
 *
 * IPv6 has many spellings and can hold an IPv4 address; so it is read into its eight groups, and one that holds an IPv4 address is judged by that.
 */

/** `private`: the ranges of home and company networks, carriers' NAT, unique local addresses. `none`: nobody can be reached there, or it is no IP. */
export type IpScope = 'loopback' | 'link-local' | 'private' | 'global' | 'none'

/** The scope of an IPv4 or IPv6 address. */
export function ipScope(ip: string): IpScope {
  if (!ip.includes(':')) return scope4(bytesOf4(ip))
  const groups = groupsOf6(ip)
  if (groups === undefined) return 'none'
  const held = held4(groups)
  return held === undefined ? scope6(groups) : scope4(held)
}

/** One spelling for each address: groups in lower-case hex without leading zeros, IPv4 as it is. */
export function plainIp(ip: string): string {
  const groups = ip.includes(':') ? groupsOf6(ip) : undefined
  return groups === undefined ? ip : groups.map((group) => group.toString(16)).join(':')
}

function scope4(bytes: readonly number[] | undefined): IpScope {
  if (bytes === undefined) return 'none'
  const [a, b] = bytes as [number, number]
  // Unspecified (which dials this machine), multicast, reserved, broadcast.
  if (a === 0 || a >= 224) return 'none'
  if (a === 127) return 'loopback'
  if (a === 169 && b === 254) return 'link-local'
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128)
  return isPrivate ? 'private' : 'global'
}

function scope6(groups: readonly number[]): IpScope {
  const first = groups[0]!
  if (groups.slice(0, 7).every((group) => group === 0)) return groups[7] === 1 ? 'loopback' : 'none'
  if (first >= 0xff00) return 'none'
  if (first >= 0xfe80 && first < 0xfec0) return 'link-local'
  // Unique local, and the site-local addresses before them.
  return (first >= 0xfc00 && first < 0xfe00) || (first >= 0xfec0 && first < 0xff00) ? 'private' : 'global'
}

/** The IPv4 address in a mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), translated (`64:ff9b::a.b.c.d`) or 6to4 (`2002:…`) one. */
function held4(groups: readonly number[]): number[] | undefined {
  const zeros = (count: number) => groups.slice(0, count).every((group) => group === 0)
  const [high, low] = groups.slice(6) as [number, number]
  const bytes = (from: number, to: number) => [from >> 8, from & 255, to >> 8, to & 255]
  if (zeros(5) && groups[5] === 0xffff) return bytes(high, low)
  if (zeros(6) && high !== 0) return bytes(high, low)
  if (groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0)) return bytes(high, low)
  return groups[0] === 0x2002 ? bytes(groups[1]!, groups[2]!) : undefined
}

function bytesOf4(ip: string): number[] | undefined {
  const parts = ip.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined
  return parts.map(Number)
}

function groupsOf6(ip: string): number[] | undefined {
  const halves = ip.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupOf)))
  const left = 8 - head!.length - (tail?.length ?? 0)
  if (tail === undefined ? left !== 0 : left < 1) return undefined
  const groups = [...head!, ...Array<number>(left).fill(0), ...(tail ?? [])]
  return groups.every(Number.isInteger) ? groups : undefined
}

function groupOf(text: string): number[] {
  const bytes = text.includes('.') ? bytesOf4(text) : undefined
  if (bytes !== undefined) return [bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!]
  return [/^[0-9a-f]{1,4}$/i.test(text) ? Number.parseInt(text, 16) : Number.NaN]
}
