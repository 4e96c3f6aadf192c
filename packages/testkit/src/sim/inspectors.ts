import type { WorldInspector } from './world.ts'

type Hooks = { readonly [K in keyof WorldInspector]: WorldInspector[K][] }

/** What peers that follow the reference's rules do is seen only in the row, and where they throw: they promise nothing. */
export function onlyOurs(inspector: Partial<WorldInspector>): Partial<WorldInspector> {
  const { started, stepped, asked, commandSent, stopped, ...rest } = inspectAll([inspector])
  return {
    ...rest,
    started: (process) => process.spec.reference || started(process),
    stepped: (process, ...more) => process.spec.reference || stepped(process, ...more),
    asked: (process) => process.spec.reference || asked(process),
    commandSent: (process, ...more) => process.spec.reference || commandSent(process, ...more),
    stopped: (process, why) => process.spec.reference || stopped(process, why)
  }
}

/** One inspector out of several, each of which sees only what it asks for. */
export function inspectAll(inspectors: readonly Partial<WorldInspector>[]): WorldInspector {
  const hooks: Hooks = {
    started: collect(inspectors, 'started'),
    stepped: collect(inspectors, 'stepped'),
    threw: collect(inspectors, 'threw'),
    asked: collect(inspectors, 'asked'),
    commandSent: collect(inspectors, 'commandSent'),
    stopped: collect(inspectors, 'stopped'),
    committed: collect(inspectors, 'committed'),
    rowChanged: collect(inspectors, 'rowChanged'),
    rowsForgotten: collect(inspectors, 'rowsForgotten')
  }
  return {
    started: (process) => hooks.started.forEach((hook) => void hook(process)),
    stepped: (process, event, before, effects, now) => {
      for (const hook of hooks.stepped) hook(process, event, before, effects, now)
    },
    threw: (process, event, error) => hooks.threw.forEach((hook) => void hook(process, event, error)),
    asked: (process) => hooks.asked.forEach((hook) => void hook(process)),
    commandSent: (process, command, sentMonoMs) => hooks.commandSent.forEach((hook) => void hook(process, command, sentMonoMs)),
    stopped: (process, why) => hooks.stopped.forEach((hook) => void hook(process, why)),
    committed: (process, command, outcome) => hooks.committed.forEach((hook) => void hook(process, command, outcome)),
    rowChanged: (event) => hooks.rowChanged.forEach((hook) => void hook(event)),
    rowsForgotten: () => hooks.rowsForgotten.forEach((hook) => void hook())
  }
}

function collect<K extends keyof WorldInspector>(inspectors: readonly Partial<WorldInspector>[], name: K): WorldInspector[K][] {
  return inspectors.flatMap((inspector) => {
    const hook = inspector[name]
    return hook === undefined ? [] : [hook.bind(inspector) as WorldInspector[K]]
  })
}
