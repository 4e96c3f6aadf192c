/** The short form of `npm run net`: real processes on hosts of their own, with bad links between them. */
import { expect, test } from 'vitest'
import { missing } from '../../scripts/net/need.ts'
import { casesOf, runAll } from '../../scripts/net/run.ts'
import { scenarios } from '../../scripts/net/scenarios/index.ts'

/** Those whose bounds are held by now; `npm run net -- --short` runs the others as well. */
const kept = ['link-down', 'sleep', 'buffered-proxy', 'ipv6-only', 'public-only']
const lacking = missing()

if (lacking.length > 0) {
  test(`bad links are not tried here: ${lacking.join('; ')}`, () => {
    console.warn(`npm run net can't run here: ${lacking.join('; ')}`)
    expect(lacking.every((sentence) => sentence.length > 0)).toBe(true)
  })
} else {
  test('every bound of the short form is held', { timeout: 300_000 }, async () => {
    const rows = await runAll(casesOf(scenarios, 'short', kept), () => {})
    expect(rows.filter(({ verdict }) => verdict === 'MISSED')).toEqual([])
    expect(rows.filter(({ verdict }) => verdict === 'held').length).toBeGreaterThan(5)
  })
}
