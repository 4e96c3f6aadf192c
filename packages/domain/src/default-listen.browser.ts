/** Browsers can't listen; others reach them through the connections that they dial. */
export const defaultListen: string[] = []
