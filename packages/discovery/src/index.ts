export { type ManualClock, manualClock, type ServiceClock, systemClock } from './clock.ts'
export {
  type At,
  type Command,
  counterStartAt,
  createDirectory,
  type Directory,
  type DirectoryEvent,
  type DirectoryOptions,
  type Outcome
} from './directory.ts'
export { DiscoveryServiceError } from './errors.ts'
export type { RateLimit } from './http/app.ts'
export { createDiscoveryServer, type DiscoveryLogLine, type DiscoveryServer, type DiscoveryServerOptions } from './http/server.ts'
export { rowText } from './http/wire.ts'
export type { Claim, DirectoryRow } from './row.ts'
export type { DiscoveryStore, Watch, WatchEvent, WatchListener } from './store.ts'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.ts'
