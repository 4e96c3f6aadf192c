import type { AxisDirection, FrameAxes, FrameBody } from './entries.ts'
import { RegistryError } from './errors.ts'

/** ROS body frame (REP 103): x forward, y left, z up; meters, right-handed. */
export const rosBody: FrameBody = { handedness: 'right', axes: { x: 'forward', y: 'left', z: 'up' }, units: 'meters' }

/** ROS camera frame (REP 103): x right, y down, z forward; meters, right-handed. */
export const rosOptical: FrameBody = { handedness: 'right', axes: { x: 'right', y: 'down', z: 'forward' }, units: 'meters' }

/** OpenGL: x right, y up, z backward; meters, right-handed. */
export const opengl: FrameBody = { handedness: 'right', axes: { x: 'right', y: 'up', z: 'backward' }, units: 'meters' }

/** Unity: x right, y up, z forward; meters, left-handed. */
export const unity: FrameBody = { handedness: 'left', axes: { x: 'right', y: 'up', z: 'forward' }, units: 'meters' }

const pairOf: Readonly<Record<AxisDirection, string>> = {
  forward: 'forward/backward',
  backward: 'forward/backward',
  left: 'left/right',
  right: 'left/right',
  up: 'up/down',
  down: 'up/down'
}

/** @throws RegistryError `invalid-axes` unless the three axes come from the three different pairs. */
export function checkAxes({ x, y, z }: FrameAxes): void {
  if (new Set([pairOf[x], pairOf[y], pairOf[z]]).size === 3) return
  const why = `x ${x}, y ${y}, z ${z} must come one each from forward/backward, left/right and up/down`
  throw new RegistryError('invalid-axes', `invalid axes: ${why}`, { x, y, z })
}
