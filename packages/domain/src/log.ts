/** `debug` and `info`: the normal course of a cluster; `warn`: somebody should look at it. */
export type LogLevel = 'debug' | 'info' | 'warn'

/** Receives what a presence reports; must not throw. */
export type Log = (level: LogLevel, text: string, details?: Readonly<Record<string, unknown>>) => void

/** The default: warnings go to the console, everything else is dropped. */
export const consoleLog: Log = (level, text, details = {}) => {
  if (level === 'warn') console.warn(text, ...(Object.keys(details).length > 0 ? [details] : []))
}
