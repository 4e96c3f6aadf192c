/** A browser says nothing about the addresses of its machine. */
import type { Interface } from './host.ts'

/** Names are looked up by the browser, which does not say what it found. */
export const resolveName = async (_host: string): Promise<string[]> => []

export const interfaces = (): Interface[] => []

export const routesTo = async (_host: string): Promise<string[]> => []
