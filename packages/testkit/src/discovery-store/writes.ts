/** What create, refresh, rotate and delete do, alone and all at once. */
import assert from 'node:assert/strict'
import { alice, bob, type Case, claimOf, made, names, only, rowsOf } from './tools.ts'

export function writes(each: Case): void {
  each('create makes a row of one peer, and shows it', async ({ store }) => {
    const row = made(await store.create('lab', alice))
    assert.deepEqual(claimOf(row), alice)
    assert.equal(row.name, 'lab')
    assert.equal(row.peerCount, 1)
    assert.equal(row.lastLivenessCheckNs, row.createdNs)
    assert.ok(Number.isSafeInteger(row.revision) && row.revision > 0)
    assert.deepEqual(await store.get('lab'), row)
    assert.deepEqual(await store.list(), [row])
  })

  each('a row that never was is not there', async ({ store }) => {
    assert.equal(await store.get('lab'), undefined)
    assert.deepEqual(await store.list(), [])
    for (const outcome of [await store.refresh('lab', 1), await store.rotate('lab', alice), await store.delete('lab')]) {
      assert.deepEqual(outcome, { kind: 'missing' })
    }
  })

  each('create never overwrites', async ({ store }) => {
    const row = made(await store.create('lab', alice))
    assert.deepEqual(await store.create('lab', bob), { kind: 'exists', row })
    assert.deepEqual(await store.get('lab'), row)
  })

  each('refresh stamps and counts, and leaves the reign alone', async ({ store, pass }) => {
    const row = made(await store.create('lab', alice))
    await pass(10)
    const later = made(await store.refresh('lab', 4_294_967_295))
    assert.ok(later.lastLivenessCheckNs > row.lastLivenessCheckNs)
    assert.deepEqual(later, { ...row, peerCount: 4_294_967_295, lastLivenessCheckNs: later.lastLivenessCheckNs })
    assert.deepEqual(await store.get('lab'), later)
  })

  each('rotate puts another Manager in under a higher revision, and keeps count and age', async ({ store, pass }) => {
    const row = made(await store.create('lab', alice))
    await store.refresh('lab', 7)
    await pass(10)
    const next = made(await store.rotate('lab', bob))
    assert.deepEqual(claimOf(next), bob)
    assert.ok(next.revision > row.revision)
    assert.ok(next.lastLivenessCheckNs > row.lastLivenessCheckNs)
    assert.deepEqual([next.createdNs, next.peerCount, next.sweepAfterMs], [row.createdNs, 7, row.sweepAfterMs])
    assert.deepEqual(await store.get('lab'), next)
  })

  each('delete takes the row away, and the next reign has a higher revision', async ({ store }) => {
    const row = made(await store.create('lab', alice))
    assert.deepEqual(await store.delete('lab'), { kind: 'deleted', row })
    assert.equal(await store.get('lab'), undefined)
    assert.ok(made(await store.create('lab', bob)).revision > row.revision)
  })

  each('lists the newest first, whatever happened to them since', async ({ store, pass }) => {
    for (const name of ['first', 'second', 'third']) {
      await store.create(name, alice)
      await pass(5)
    }
    await store.rotate('first', bob)
    await store.refresh('second', 2)
    assert.deepEqual(names(await store.list()), ['third', 'second', 'first'])
  })

  each(
    'takes no more rows than it may, and then again when one has gone',
    async ({ store }) => {
      for (const name of ['a', 'b', 'c']) made(await store.create(name, alice))
      assert.deepEqual(await store.create('d', alice), { kind: 'full', rowsMax: 3 })
      assert.equal((await store.create('a', bob)).kind, 'exists')
      await store.delete('b')
      made(await store.create('d', alice))
    },
    { rowsMax: 3 }
  )
}

export function compareAndSet(each: Case): void {
  each('a write under the present revision is made', async ({ store }) => {
    const row = made(await store.create('lab', alice))
    made(await store.refresh('lab', 2, row.revision))
    const next = made(await store.rotate('lab', bob, row.revision))
    assert.equal((await store.delete('lab', next.revision)).kind, 'deleted')
  })

  each('a write under any other revision changes nothing and shows the row', async ({ store }) => {
    const old = made(await store.create('lab', alice))
    const row = made(await store.rotate('lab', bob))
    for (const revision of [old.revision, row.revision + 1, 0]) {
      assert.deepEqual(await store.refresh('lab', 9, revision), { kind: 'mismatch', row })
      assert.deepEqual(await store.rotate('lab', alice, revision), { kind: 'mismatch', row })
      assert.deepEqual(await store.delete('lab', revision), { kind: 'mismatch', row })
    }
    assert.deepEqual(await store.get('lab'), row)
  })

  each('a row that is not there is missing before any comparison', async ({ store }) => {
    assert.deepEqual(await store.refresh('lab', 1, 5), { kind: 'missing' })
    assert.deepEqual(await store.rotate('lab', alice, 5), { kind: 'missing' })
    assert.deepEqual(await store.delete('lab', 5), { kind: 'missing' })
  })

  each('of many creates at once one is made, and all others see its row', async ({ store }) => {
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, i) => store.create('lab', { ...alice, instance: String(i) })))
    const row = only(rowsOf(outcomes, 'created'))
    assert.deepEqual(await store.get('lab'), row)
    assert.deepEqual(rowsOf(outcomes, 'exists'), Array(15).fill(row))
  })

  each('of many rotates under one revision one is made', async ({ store }) => {
    const { revision } = made(await store.create('lab', alice))
    const outcomes = await Promise.all(Array.from({ length: 16 }, (_, i) => store.rotate('lab', { ...bob, instance: String(i) }, revision)))
    const winner = only(rowsOf(outcomes, 'rotated'))
    assert.deepEqual(await store.get('lab'), winner)
    assert.deepEqual(rowsOf(outcomes, 'mismatch'), Array(15).fill(winner))
  })
}
