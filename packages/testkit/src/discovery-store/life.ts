/** How long a row lives, and what keeps it. */
import assert from 'node:assert/strict'
import { alice, bob, type Case, follow, made, names } from './tools.ts'

export function life(each: Case): void {
  each('a row says how long it lives', async ({ store, rowLifeMs }) => {
    assert.equal(made(await store.create('lab', alice)).sweepAfterMs, rowLifeMs)
  })

  each('a row that nobody stamps is swept in time, not before', async ({ store, rowLifeMs, lateMs, pass }) => {
    const feed = await follow(store, 'lab')
    const row = made(await store.create('lab', alice))
    await pass(rowLifeMs * 0.6)
    assert.deepEqual(await store.get('lab'), row)
    assert.deepEqual(feed.types(), ['snapshot', 'created'])
    await pass(rowLifeMs * 0.4 + lateMs)
    assert.equal(await store.get('lab'), undefined)
    assert.deepEqual(await store.list(), [])
    assert.deepEqual((await feed.next('swept')).row, row)
  })

  each('each refresh and rotate gives another whole life', async ({ store, rowLifeMs, lateMs, pass }) => {
    made(await store.create('lab', alice))
    await pass(rowLifeMs * 0.6)
    made(await store.refresh('lab', 2))
    await pass(rowLifeMs * 0.6)
    made(await store.rotate('lab', bob))
    await pass(rowLifeMs * 0.6)
    assert.notEqual(await store.get('lab'), undefined)
    await pass(rowLifeMs * 0.4 + lateMs)
    assert.equal(await store.get('lab'), undefined)
  })

  each('a row lives as long as its Manager asked for, and one that takes it over without asking leaves it so', async (given) => {
    const { store, lateMs, pass } = given
    const lifeMs = 4_000
    assert.equal(made(await store.create('lab', { ...alice, rowLifeMs: lifeMs })).sweepAfterMs, lifeMs)
    const { revision } = made(await store.rotate('lab', bob))
    await pass(lifeMs * 0.8)
    assert.deepEqual([(await store.get('lab'))?.sweepAfterMs, (await store.get('lab'))?.revision], [lifeMs, revision])
    await pass(lifeMs * 0.2 + lateMs)
    assert.equal(await store.get('lab'), undefined)
  })

  each('a row may be given a shorter life, and is swept by that', async ({ store, lateMs, pass }) => {
    await store.create('lab', { ...alice, rowLifeMs: 10_000 })
    assert.equal(made(await store.rotate('lab', { ...bob, rowLifeMs: 3_000 })).sweepAfterMs, 3_000)
    await pass(3_000 + lateMs)
    assert.equal(await store.get('lab'), undefined)
  })

  each('no row lives longer than the store allows, whatever was asked for', async ({ store }) => {
    const { sweepAfterMs } = made(await store.create('lab', { ...alice, rowLifeMs: 60_000 }))
    assert.ok(sweepAfterMs >= 3_000 && sweepAfterMs <= 60_000, `it lives ${sweepAfterMs} ms`)
  })

  each('neither a failed write nor a read keeps a row', async ({ store, rowLifeMs, lateMs, pass }) => {
    const { revision } = made(await store.create('lab', alice))
    await pass(rowLifeMs * 0.6)
    assert.equal((await store.refresh('lab', 2, revision + 1)).kind, 'mismatch')
    assert.equal((await store.rotate('lab', bob, revision + 1)).kind, 'mismatch')
    assert.equal((await store.delete('lab', revision + 1)).kind, 'mismatch')
    assert.equal((await store.create('lab', bob)).kind, 'exists')
    await store.list()
    await pass(rowLifeMs * 0.4 + lateMs)
    assert.equal(await store.get('lab'), undefined)
  })

  each('a swept row is missing to every write, and may be created anew', async ({ store, rowLifeMs, lateMs, pass }) => {
    const { revision } = made(await store.create('lab', alice))
    await pass(rowLifeMs + lateMs)
    assert.deepEqual(await store.refresh('lab', 1, revision), { kind: 'missing' })
    assert.deepEqual(await store.rotate('lab', alice, revision), { kind: 'missing' })
    assert.deepEqual(await store.delete('lab', revision), { kind: 'missing' })
    const again = made(await store.create('lab', bob))
    assert.ok(again.revision > revision)
    assert.equal(again.peerCount, 1)
  })

  each('the end of one row is not the end of another', async ({ store, rowLifeMs, lateMs, pass }) => {
    await store.create('old', alice)
    await pass(rowLifeMs * 0.6)
    await store.create('young', alice)
    await pass(rowLifeMs * 0.4 + lateMs)
    assert.deepEqual(names(await store.list()), ['young'])
    assert.equal(await store.get('old'), undefined)
  })
}
