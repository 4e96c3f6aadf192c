/** What the four kinds of registry entry hold. Integers are u32 and `number`; strings said to be open take any value. */
import type { RegistryKind, RegistryRef, SensorKind } from './refs.ts'

interface SensorCommon {
  /** The frame the readings are in; its entry must be in the same store before the sensor's. */
  readonly frame: RegistryRef
}

/** How one number of a point is stored. */
export type PointDatatype = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32' | 'float64'

/** One field of a rangefinder's point: `count` values of `datatype` from byte `offset` of the point on. */
export interface PointField {
  /** Open string: `x`, `y`, `z`, `intensity`, … */
  readonly name: string
  /** Bytes from the start of the point. */
  readonly offset: number
  /** How each value is stored. */
  readonly datatype: PointDatatype
  /** How many values follow each other. */
  readonly count: number
}

interface SensorFields {
  camera: SensorCommon & {
    /** Open string: `rgb`, `depth`, `ir`, `mono`, `multispectral`, … */
    readonly type: string
    /** Pixels. */
    readonly width: number
    /** Pixels. */
    readonly height: number
    readonly frameRateHz: number
    readonly pixelFormat: string
    readonly colorSpace: string
    readonly intrinsicsModel: string
    readonly distortionModel: string
  }
  rangefinder: SensorCommon & {
    /** Open string: `point_cloud`, `2d_lidar`, `3d_lidar`, `ultrasonic`, `radar`, … */
    readonly type: string
    readonly fields: readonly PointField[]
    /** Bytes of one point. */
    readonly pointStep: number
    readonly isBigendian: boolean
    readonly frameRateHz: number
  }
  rf: SensorCommon & {
    /** Open string: `wifi`, `bluetooth`, `uwb`, … */
    readonly type: string
  }
  audio: SensorCommon & {
    /** Open string: `pcm`, `opus`, … */
    readonly type: string
    readonly sampleRateHz: number
    /** A microphone array is one sensor with several channels. */
    readonly channels: number
    /** Open string: `pcm_s16le`, `pcm_s24le`, `pcm_s32le`, `pcm_f32le`, `pcm_f64le`, … */
    readonly sampleFormat: string
    /** Open string: `mono`, `stereo`, `5.1`, `7.1`, `ambisonic_b`, `n_channel`, … */
    readonly channelLayout: string
  }
  joint_encoders: SensorCommon & {
    /** Open string: `absolute`, `incremental`, … */
    readonly type: string
    readonly jointCount: number
    readonly frameRateHz: number
  }
}

/** A sensor's entry without the ids of peer and sensor; discriminated by `kind`. */
export type SensorBody<K extends SensorKind = SensorKind> = { [P in K]: { readonly kind: P } & SensorFields[P] }[K]

/** A sensor's entry. Recommended ids: `<platform>-<machine>/<name>`. */
export type SensorRegistryEntry<K extends SensorKind = SensorKind> = { readonly peerId: string; readonly sensorId: string } & SensorBody<K>

/** A clock's entry without its ids. The fields are not checked against each other. */
export interface ClockBody {
  /** Counts from an arbitrary start, or tells UTC. */
  readonly type: 'monotonic_clock' | 'utc_clock'
  /** Open string: `ns`, `milliseconds`, … */
  readonly unit: string
  /** Whether it never goes back. */
  readonly monotonic: boolean
  /** What zero means, or `null` for a clock that counts from its own start. */
  readonly epoch: string | null
  /** Where its readings can be compared. */
  readonly scope: 'device-local' | 'domain-local' | 'global'
}

/** A clock's entry. A session's own clocks are `<peer id>/<session id>/monotonic` and `…/utc`. */
export interface ClockRegistryEntry extends ClockBody {
  readonly peerId: string
  /** The session that the clock belongs to. */
  readonly sessionId: string
  readonly clockId: string
}

/** A direction, seen from the thing that the frame belongs to. */
export type AxisDirection = 'forward' | 'backward' | 'up' | 'down' | 'left' | 'right'

/** Where the axes of a coordinate frame point. Valid when they come from the three different pairs forward/backward, left/right, up/down. */
export interface FrameAxes {
  readonly x: AxisDirection
  readonly y: AxisDirection
  readonly z: AxisDirection
}

/** A frame's entry without its ids. */
export interface FrameBody {
  /** Not checked against the axes. */
  readonly handedness: 'right' | 'left'
  /** Where the axes point. */
  readonly axes: FrameAxes
  /** What coordinates count. */
  readonly units: 'meters' | 'millimeters' | 'centimeters'
}

/** A frame's entry. */
export interface FrameRegistryEntry extends FrameBody {
  readonly peerId: string
  readonly frameId: string
}

/** A detector's entry without its ids and output types; discriminated by `type`. */
export type DetectorBody =
  | {
      readonly type: 'aruco'
      /** Spelled like `5x5_50` or `apriltag_36h11`. */
      readonly dictionary: string
    }
  | { readonly type: 'qr' }
  | { readonly type: 'esl' }
  | { readonly type: 'object_detection'; readonly model: string }

/** A detector's entry. */
export type DetectorRegistryEntry = DetectorBody & {
  readonly peerId: string
  readonly detectorId: string
  /** The detection types it emits; the order counts. */
  readonly outputTypes: readonly string[]
}

/** The entry of each kind of registry, as it is written. */
export interface RegistryEntries {
  sensor: SensorRegistryEntry
  clock: ClockRegistryEntry
  frame: FrameRegistryEntry
  detector: DetectorRegistryEntry
}

/**
 * An entry as it was read, with the text it was read from.
 *
 * The hash is that of `canonicalJson`, which also holds fields that this version does not know.
 */
export type Entry<K extends RegistryKind = RegistryKind> = { [P in K]: RegistryEntries[P] & { readonly canonicalJson: string } }[K]
