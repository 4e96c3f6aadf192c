/**
 * One member's line of the document, cut so that it can't crowd out the others.
 *
 * A document travels as a JSON text inside a JSON frame, so each line counts as it is escaped there. What a line may hold depends on the line alone: whoever
 * joins with the longest addresses there are takes no more room than 1,024 such members may, and nobody's line changes because of another's.
 */
import { type ClusterMember, memberText } from './document.ts'
import { addressCharsMax, addressesMax, entryBytesMax } from './settings.ts'

/**
 * The member with as many of its addresses as its line has room for beside its name; itself, where that is all of them. A name that leaves no room for
 * one address goes.
 */
export function fitEntry(member: ClusterMember): ClusterMember {
  const { name, ...nameless } = member
  const fitted = fitAddresses(member)
  return name !== undefined && escapedBytes(memberText(fitted)) >= entryBytesMax ? fitAddresses(nameless) : fitted
}

function fitAddresses(member: ClusterMember): ClusterMember {
  const { multiaddrs } = member
  const isPlain = multiaddrs.length <= addressesMax && multiaddrs.every((address) => address.length <= addressCharsMax)
  if (isPlain && escapedBytes(memberText(member)) < entryBytesMax) return member
  const fitting = fittingAddresses(multiaddrs, entryBytesMax - escapedBytes(memberText({ ...member, multiaddrs: [] })) - 1)
  return fitting.length === multiaddrs.length ? member : { ...member, multiaddrs: fitting }
}

/** In the order given, which is the sender's ranking; a relayed one is kept where there is one, and one address whatever its length. */
function fittingAddresses(multiaddrs: readonly string[], roomBytes: number): readonly string[] {
  const given = [...new Set(multiaddrs)].filter((address) => address.length <= addressCharsMax)
  const relayed = given.find(isRelayed)
  const chosen = firstThatFit(given, addressesMax, roomBytes)
  if (relayed !== undefined && !chosen.some(isRelayed)) {
    return [...firstThatFit(given, addressesMax - 1, roomBytes - addressBytes(relayed)), relayed]
  }
  return chosen.length === 0 ? multiaddrs.slice(0, 1) : chosen
}

function firstThatFit(multiaddrs: readonly string[], countMax: number, roomBytes: number): string[] {
  const chosen: string[] = []
  let left = roomBytes
  for (const address of multiaddrs) {
    const bytes = addressBytes(address)
    if (chosen.length === countMax || bytes > left) continue
    chosen.push(address)
    left -= bytes
  }
  return chosen
}

const isRelayed = (address: string): boolean => address.includes('/p2p-circuit')

/** With the comma before the next one. */
const addressBytes = (address: string): number => escapedBytes(JSON.stringify(address)) + 1

/** What a JSON text takes inside a JSON string. */
const escapedBytes = (text: string): number => utf8Length(JSON.stringify(text)) - 2

export function utf8Length(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    // A surrogate pair is 4 bytes for 2 units, everything else above U+07FF 3 bytes for one.
    if (unit >= 0x80) bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2
  }
  return bytes
}
