/**
 * # @auki/discovery
 *
 * The Discovery service, where clusters meet: a directory of rows, one per cluster, each with its Manager and a life that the Manager prolongs.
 *
 * ```ts
 * await using service = await createDiscoveryServer({ host: '0.0.0.0', port: 8080 })
 * console.log(service.url)
 * ```
 *
 * Where to read on:
 *
 * 1. `directory.ts`: what a create, refresh, rotate, delete and sweep do to rows, by `due-heap.ts` in order of their due times. Pure: commands in, events out;
 *    the simulator runs it, too.
 * 2. `store.ts`: the port behind which rows are kept; `stores/memory.ts` keeps them in memory with one timer.
 * 3. `http/contract.ts`: every route, what it takes and what it may answer, by `http/schemas.ts`. From it come the checks (`http/check.ts`), the writers
 *    (`http/write.ts`) and the OpenAPI document (`http/document.ts`).
 * 4. A request's way: `http/frame.ts` (what stands around every request), `http/app.ts` (hooks, refusals), `http/routes.ts` (the store is asked), `http/wire.ts`.
 * 5. `http/watchers.ts`: event streams; `http/metrics.ts`: figures; `http/server.ts` puts it together, and apart again.
 *
 * Where do I add a route? In the contract, with its schemas; its handler in `http/routes.ts`. Where a limit? In `limits.ts`, with a row in docs/security.md. Where a
 * refusal? In `http/refusal.ts`, with a row in docs/errors.md.
 *
 * @packageDocumentation
 */
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
export type { Claim, DirectoryRow, RowHolder } from './row.ts'
export type { DiscoveryStore, Watch, WatchEvent, WatchListener } from './store.ts'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.ts'
