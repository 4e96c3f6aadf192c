/** A browser says nothing about the addresses of its machine. */
import type { Interface, RefusalOptions } from './host.ts'

/** Names are looked up by the browser, which does not say what it found. */
export const resolveName = async (_host: string): Promise<string[]> => []

/** Nor why a connection failed. */
export const refuses = async (_host: string, _port: number, _options: RefusalOptions): Promise<boolean> => false

export const interfaces = (): Interface[] => []

export const routesTo = async (_host: string): Promise<string[]> => []
