/** Browsers can't listen; they dial, and others answer on that connection. */
export const defaultListen: string[] = []
