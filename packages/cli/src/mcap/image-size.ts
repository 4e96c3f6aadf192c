/** The size of a compressed picture, for the sensor that it is of: JPEG and PNG say it in their heads. */

const unknown = { width: 0, height: 0 }

/** Pixels; 0 where it is not known. */
export function imageSize(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 24 && view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) }
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return unknown
  for (let at = 2; at + 9 <= bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at)
    const isStart = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isStart) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
  }
  return unknown
}
