/** The side of a program that runs in a process of its own; the one who started it is in `program.ts`. */

export interface ToProgram<Call> {
  /** Missing: nobody waits for the answer. */
  readonly no?: number
  readonly call: Call
}

export type FromProgram<Told> =
  | { readonly told: Told }
  | { readonly no: number; readonly answer: unknown }
  | { readonly no: number; readonly error: string }

/** What it was started with. From now on it ends with the process that started it. */
export function initOf<Init>(): Init {
  process.on('disconnect', () => process.exit())
  return JSON.parse(process.argv[2]!) as Init
}

/** Tells the one who started it. */
export function tell<Told>(told: Told): void {
  send({ told })
}

/** From now on does what it is called to do, also several things at a time. */
export function onCall<Call>(perform: (call: Call) => unknown): void {
  process.on('message', ({ no, call }: ToProgram<Call>) => {
    const done = (async () => perform(call))()
    if (no === undefined) return
    done.then(
      (answer) => send({ no, answer }),
      (error: unknown) => send({ no, error: String(error instanceof Error ? error.stack : error) })
    )
  })
}

/** It is done: nothing more will be told, and it ends as soon as nothing is left to do. */
export function finish(): void {
  process.disconnect()
}

function send(message: FromProgram<unknown>): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {}) // whoever started it may be going
}
