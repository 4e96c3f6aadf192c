/** The frames of a stream, as the foreign peer writes and reads them. */
import { field, frame, joined, numeric, readFields, textOf } from './wire.ts'

/** The fields of a manifest that are texts, by name; the numbers are theirs on the wire. */
const manifestFields = {
  ...{ sensorId: 1, sensorHash: 2, clockId: 3, clockHash: 4, frameId: 5, frameHash: 6, resourceId: 7, payload: 8 },
  ...{ fromFrameId: 9, fromFrameHash: 10, toFrameId: 11, toFrameHash: 12, writerMode: 13 }
} as const

export type ForeignManifest = { readonly [K in keyof typeof manifestFields]?: string }

export interface ForeignEntry {
  readonly timestampNs?: bigint
  readonly seq: bigint
  readonly payload?: Uint8Array
  readonly dropped?: bigint
}

const none = new Uint8Array(0)

/** Whichever arm of `read_from` is wanted: `latest` 4, `from_start` 5, `from_timestamp` 6. */
export const request = (resourceId: string, readFrom: Uint8Array = field(4, none), sourcePeerId = ''): Uint8Array =>
  frame(field(1, joined(field(2, resourceId), ...(sourcePeerId === '' ? [] : [field(3, sourcePeerId)]), readFrom)))
export const fromStart: Uint8Array = field(5, none)
export const fromTimestamp = (timestampNs: bigint): Uint8Array => field(6, numeric(1, timestampNs))

export function accept(manifest: ForeignManifest): Uint8Array {
  const texts = (Object.keys(manifestFields) as (keyof ForeignManifest)[]).flatMap((name) => {
    const text = manifest[name]
    return text === undefined ? [] : [field(manifestFields[name], text)]
  })
  return frame(field(2, joined(...texts)))
}

/** `sensor_not_found` 1, `sensor_unavailable` 2, `producer_shutting_down` 3, `other` 4, which has a detail. */
export const decline = (reason: number, detail?: string): Uint8Array => frame(field(3, arm(reason, detail)))

export const entry = (content: ForeignEntry): Uint8Array => frame(field(4, entryMessage(content)))

export const entryMessage = ({ timestampNs = 0n, seq, payload = none, dropped = 0n }: ForeignEntry): Uint8Array =>
  joined(
    ...(timestampNs === 0n ? [] : [numeric(1, timestampNs)]),
    ...(seq === 0n ? [] : [numeric(2, seq)]),
    ...(payload.length === 0 ? [] : [field(3, payload)]),
    ...(dropped === 0n ? [] : [numeric(1000, dropped)])
  )

/** `source_ended` 1, `producer_shutting_down` 2, `session_ended` 3, `producer_error` 4, which has a detail. */
export const end = (reason: number, detail?: string): Uint8Array => frame(field(5, arm(reason, detail)))

const arm = (number: number, detail?: string): Uint8Array => field(number, detail === undefined ? none : field(1, detail))

/** What a consumer asks for. @throws Error unless it is a request in the form that is written: no sensor id, a resource, one arm of where to read from. */
export function readRequest(payload: Uint8Array): { resourceId: string; sourcePeerId: string; readFrom: number } {
  const [only, ...more] = readFields(payload)
  if (only?.number !== 1 || more.length > 0) throw new Error('no request')
  const fields = readFields(only.content as Uint8Array)
  const text = (number: number): string => textOf((fields.find((one) => one.number === number)?.content as Uint8Array | undefined) ?? none)
  const arms = fields.map(({ number }) => number).filter((number) => number >= 4 && number <= 6)
  if (arms.length !== 1 || fields.some(({ number }) => ![2, 3, 4, 5, 6, 1000, 1001, 1002, 1003, 1004].includes(number)))
    throw new Error('no request of this version')
  return { resourceId: text(2), sourcePeerId: text(3), readFrom: arms[0]! }
}
