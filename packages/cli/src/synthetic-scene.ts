/** A made-up world, as synthetic lidars and poses see it, by the time since they began. */
import type { PayloadOf } from '@auki/domain'

const rings = 16
const pointsInRing = 120
/** Bytes of a point: x, y, z, intensity as little-endian 32-bit floats. */
export const pointBytes = 16

/** Metres. */
const wallAway = 4
const waveHeight = 0.5
/** Metres. */
const circleRadius = 2
/** Radians in a second. */
const circleSpeed = 0.5

/** A round wall with a wave that runs along it. */
export function pointsAt(seconds: number): Uint8Array {
  const points = new DataView(new ArrayBuffer(rings * pointsInRing * pointBytes))
  for (let ring = 0; ring < rings; ring += 1) {
    for (let step = 0; step < pointsInRing; step += 1) {
      const angle = (2 * Math.PI * step) / pointsInRing
      const away = wallAway + waveHeight * Math.sin(4 * angle + 2 * seconds)
      const values = [away * Math.cos(angle), away * Math.sin(angle), 0.1 * ring, ring / rings]
      for (const [at, value] of values.entries()) points.setFloat32((ring * pointsInRing + step) * pointBytes + 4 * at, value, true)
    }
  }
  return new Uint8Array(points.buffer)
}

/** Round and round in a circle, looking ahead. */
export function poseAt(seconds: number): PayloadOf<'pose'> {
  const angle = circleSpeed * seconds
  const heading = angle + Math.PI / 2
  return {
    translation: { x: circleRadius * Math.cos(angle), y: circleRadius * Math.sin(angle), z: 0 },
    orientation: { x: 0, y: 0, z: Math.sin(heading / 2), w: Math.cos(heading / 2) }
  }
}
