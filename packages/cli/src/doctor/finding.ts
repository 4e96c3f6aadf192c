/** What a check of `auki doctor` has found. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  /** On one line. */
  readonly text: string
  /** What to do about it; with every `warn` and `fail`. */
  readonly next?: string
  /** For machines, besides. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface Check {
  readonly name: string
  /** What is waited for while it runs. */
  readonly awaited: string
  /** Never rejects but with the signal's reason. */
  readonly run: (signal: AbortSignal) => Promise<Finding | undefined>
}

export const ok = (text: string, facts?: Finding['facts']): Finding => ({ verdict: 'ok', text, ...(facts && { facts }) })
export const warn = (text: string, next: string, facts?: Finding['facts']): Finding => ({
  verdict: 'warn',
  text,
  next,
  ...(facts && { facts })
})
export const fail = (text: string, next: string, facts?: Finding['facts']): Finding => ({
  verdict: 'fail',
  text,
  next,
  ...(facts && { facts })
})
