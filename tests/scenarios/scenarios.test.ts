/** Stories of clusters, each with the rule it pins. What happened is part of the text; `REWRITE=1 npm test -- tests/scenarios` writes it anew. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as core from '@auki/domain/core'
import { playScenario } from '@auki/testkit/sim'
import { expect, test } from 'vitest'

const here = new URL('./', import.meta.url)
const names = readdirSync(here).filter((name) => name.endsWith('.txt'))

test.each(names)('%s', (name) => {
  const file = new URL(name, here)
  const told = readFileSync(file, 'utf8')
  const happened = playScenario(core, told)
  if (process.env['REWRITE'] !== undefined) writeFileSync(file, happened)
  expect(happened).not.toContain('BROKEN')
  if (process.env['REWRITE'] === undefined) expect(happened).toBe(told)
})

test('a scenario says what it is about', () => {
  expect(names.length).toBeGreaterThan(5)
  for (const name of names) expect(readFileSync(new URL(name, here), 'utf8'), name).toMatch(/^# \S.*[.]\n/)
})
