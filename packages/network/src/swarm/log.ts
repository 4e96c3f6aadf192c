/** Where the package writes its log. `debug`: the normal course of a network; `warn`: somebody should look at it. Default everywhere: nowhere. */
export type RuntimeLog = (level: 'debug' | 'warn', message: string, details?: Readonly<Record<string, unknown>>) => void
