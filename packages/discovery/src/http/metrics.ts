/** What operators count, in Prometheus' text format. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { DirectoryEvent } from '../directory.ts'
import type { RefusalCode } from './refusal.ts'

/** The figures of one server. */
export interface Metrics {
  /** An answer went out. `route` is the route's pattern, so that names of clusters make no new series. */
  answered(method: string, route: string, status: number): void
  refused(code: RefusalCode): void
  /** Rows as a snapshot shows them. */
  rows(count: number): void
  happened(event: DirectoryEvent['type']): void
  /** A watcher came (+1) or went (−1). */
  watchers(scope: 'cluster' | 'all', change: 1 | -1): void
  /** A watcher fell too far behind and was disconnected. */
  watcherDropped(): void
  readonly contentType: string
  text(): Promise<string>
}

let processRegistry: Registry | undefined

/** Figures of the process are the same for all its servers, and their collectors cannot be stopped: one set, made when first wanted. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry()
    collectDefaultMetrics({ register: processRegistry })
  }
  return processRegistry
}

/** Counters at zero. */
export function createMetrics(): Metrics {
  const own = new Registry()
  const registers = [own]
  const requests = counter('requests_total', 'Answers, by method, route and status', ['method', 'route', 'status'])
  const refusals = counter('refusals_total', 'Requests answered with an error, by error', ['error'])
  const commits = counter('commits_total', 'Changes of rows that clients asked for, by kind', ['kind'])
  const sweeps = counter('sweeps_total', 'Rows swept because nobody refreshed them', [])
  const dropped = counter('watchers_dropped_total', 'Watchers disconnected because they fell too far behind', [])
  const rows = new Gauge({ name: 'auki_discovery_rows', help: 'Rows in the directory', registers })
  const watchers = new Gauge({ name: 'auki_discovery_watchers', help: 'Event streams open, by scope', labelNames: ['scope'], registers })
  const merged = Registry.merge([processMetrics(), own])
  function counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `auki_discovery_${name}`, help, labelNames, registers })
  }
  return {
    answered: (method, route, status) => requests.inc({ method, route, status }),
    refused: (error) => refusals.inc({ error }),
    rows: (count) => rows.set(count),
    happened(event) {
      if (event === 'swept') sweeps.inc()
      else commits.inc({ kind: event })
      if (event === 'created') rows.inc()
      if (event === 'swept' || event === 'deleted') rows.dec()
    },
    watchers: (scope, change) => watchers.inc({ scope }, change),
    watcherDropped: () => dropped.inc(),
    contentType: merged.contentType,
    text: () => merged.metrics()
  }
}
