/** Quantities as people read them. */
import prettyBytes from 'pretty-bytes'

/** `1.2 MB` */
export const sizeText = (bytes: number | bigint): string => prettyBytes(bytes)

/** `2.4 MB/s` */
export const bytesPerSecondText = (bytesPerSecond: number): string => `${prettyBytes(Math.round(bytesPerSecond))}/s`

/** `30 Hz`, `0.5 Hz`, `12.4 kHz` */
export function hertzText(hz: number): string {
  return hz >= 1_000 ? `${digits(hz / 1_000)} kHz` : `${digits(hz)} Hz`
}

/** `0.123456 s`: to the microsecond. */
export const secondsText = (ns: bigint): string => `${(Number(ns) / 1e9).toFixed(6)} s`

/** `420 ns`, `12.5 µs`, `3.2 ms`, `1.5 s`: three digits at most. */
export function shortDurationText(ns: bigint): string {
  const size = Math.abs(Number(ns))
  const [unit, length] = size < 1e3 ? ['ns', 1] : size < 1e6 ? ['µs', 1e3] : size < 1e9 ? ['ms', 1e6] : ['s', 1e9]
  return `${digits(Number(ns) / Number(length))} ${unit}`
}

/** `12,345` */
export const countText = (count: number | bigint): string => count.toLocaleString('en')

const units: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1]
]

/** `3 s`, `1.5 s`, `12 min`: three digits at most, of the largest unit that there is one of. */
export function durationText(ms: number): string {
  const [unit, length] = units.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? ['ms', 1]
  return `${digits(ms / length)} ${unit}`
}

/** `3 s ago`; `now` within the second. */
export function agoText(ms: number): string {
  if (ms < 1_000) return 'now'
  const [unit, length] = units.find(([, unitMs]) => ms >= unitMs)!
  return `${Math.floor(ms / length)} ${unit} ago`
}

/** `22:14:03`, of this machine. */
export function timeOfDayText(unixMs: number): string {
  const at = new Date(unixMs)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** At most three digits, without zeros at the end. */
const digits = (value: number): string => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))).toLocaleString('en')
