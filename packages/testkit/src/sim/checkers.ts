/** All that watches a world: the transcript and every checker, behind one inspector. */
import { ConductCheck } from './check-conduct.ts'
import { CutOffCheck } from './check-cut-off.ts'
import { DocumentCheck } from './check-documents.ts'
import { ElectionCheck } from './check-elections.ts'
import { EntryCheck } from './check-entry.ts'
import { LeaseCheck } from './check-leases.ts'
import { LossCheck } from './check-losses.ts'
import { MannersCheck } from './check-manners.ts'
import { PurityCheck } from './check-purity.ts'
import { ReignCheck } from './check-reigns.ts'
import { TurnCheck } from './check-turns.ts'
import { TwinCheck } from './check-twins.ts'
import { Docket } from './checks.ts'
import type { Core } from './core.ts'
import { inspectAll, onlyOurs } from './inspectors.ts'
import { type Detail, Trace } from './trace.ts'
import type { World } from './world.ts'

export function inspectionOf(world: () => World, core: Core, detail: Detail) {
  let steps = 0
  const docket = new Docket(world)
  const trace = new Trace(() => world().queue.now, detail)
  const manners = new MannersCheck(docket)
  const losses = new LossCheck(docket)
  const counter = {
    stepped: () => {
      steps++
    }
  }
  const checks = [
    new LeaseCheck(docket),
    new DocumentCheck(docket),
    new ReignCheck(docket),
    new ConductCheck(docket),
    new CutOffCheck(docket),
    losses,
    new EntryCheck(docket),
    new ElectionCheck(docket),
    new TurnCheck(docket),
    new TwinCheck(docket),
    new PurityCheck(docket, core),
    manners
  ].map(onlyOurs)
  return { docket, trace, manners, losses, inspector: inspectAll([trace, counter, ...checks]), steps: () => steps }
}
