/** The number that each entry of a soak carries in its payload. */

interface Parts {
  readonly bytes?: Uint8Array
  readonly x?: number
}

function partsOf(payload: object): Parts {
  if (payload instanceof Uint8Array) return { bytes: payload }
  const { frame, data, translation } = payload as { frame?: Uint8Array; data?: Uint8Array; translation?: { x: number } }
  const bytes = frame ?? data
  return { ...(bytes && { bytes }), ...(translation && { x: translation.x }) }
}

export const bytesOf = (payload: object): number => partsOf(payload).bytes?.length ?? 0

export function numberOf(payload: object): number {
  const { bytes, x } = partsOf(payload)
  return bytes === undefined ? (x ?? Number.NaN) : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
}

export function numbered(bytes: number, count: number): Uint8Array {
  const payload = new Uint8Array(bytes)
  new DataView(payload.buffer).setUint32(0, count)
  return payload
}
