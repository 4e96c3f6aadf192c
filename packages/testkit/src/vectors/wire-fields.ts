/** How vectors write values that JSON has no word for. */
import type { Json } from '@auki/canonical'

/** Lower-case hex. */
export function bytesOf(hex: Json | undefined): Uint8Array {
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/.test(hex)) throw new Error(`not hex: ${hex}`)
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** An object of the vectors with its keys, at every depth, in camelCase; `leaf` turns a value that is no object into ours. */
export function camelCased(json: Json | undefined, leaf: (key: string, value: Json) => unknown): Record<string, unknown> {
  if (!isObject(json)) throw new Error(`not an object: ${json}`)
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const name = key.replace(/_[a-z]/g, (pair) => pair.charAt(1).toUpperCase())
      return [name, isObject(value) ? camelCased(value, leaf) : leaf(key, value)]
    })
  )
}

function isObject(json: Json | undefined): json is { [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
