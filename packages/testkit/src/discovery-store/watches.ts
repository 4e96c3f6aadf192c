/** What watches tell, and how they end. */
import assert from 'node:assert/strict'
import { alice, bob, type Case, follow, made, names } from './tools.ts'

export function watches(each: Case): void {
  each('show first what is there: nothing', async ({ store }) => {
    const feed = await follow(store, 'lab')
    assert.deepEqual((await feed.next('snapshot')).rows, [])
  })

  each('show first what is there: the row, with a counter not below its revision', async ({ store }) => {
    const row = made(await store.create('lab', alice))
    await store.create('other', bob)
    const snapshot = await (await follow(store, 'lab')).next('snapshot')
    assert.deepEqual(snapshot.rows, [row])
    assert.ok(snapshot.counter >= row.revision)
  })

  each('tell every change of the row, in order, once', async ({ store }) => {
    const feed = await follow(store, 'lab')
    const created = made(await store.create('lab', alice))
    const refreshed = made(await store.refresh('lab', 3))
    const rotated = made(await store.rotate('lab', bob))
    await store.refresh('lab', 3, created.revision)
    await store.delete('lab')
    await feed.next('deleted')
    assert.deepEqual(feed.changes(), [
      ['created', created],
      ['refreshed', refreshed],
      ['rotated', rotated],
      ['deleted', rotated]
    ])
  })

  each('count: each change but a refresh has a higher counter, and a reign begins at its own', async ({ store }) => {
    const feed = await follow(store, undefined)
    for (const name of ['a', 'b']) {
      await store.create(name, alice)
      await store.refresh(name, 2)
      await store.rotate(name, bob)
      await store.delete(name)
    }
    const last = await feed.next('deleted', 2)
    assert.ok(last.counter > last.row.revision)
    const raised = feed.events.flatMap((event) => (event.type === 'refreshed' || event.type === 'ended' ? [] : [event.counter]))
    for (const [i, counter] of raised.entries()) assert.ok(i === 0 || counter > raised[i - 1]!, `the counters are ${raised}`)
    for (const event of feed.events) {
      if (event.type === 'created' || event.type === 'rotated') assert.equal(event.counter, event.row.revision)
    }
  })

  each('of one row tell of no other; of all rows tell of each', async ({ store }) => {
    await store.create('before', alice)
    const all = await follow(store, undefined)
    const one = await follow(store, 'lab')
    await store.create('other', alice)
    await store.create('lab', alice)
    await one.next('created')
    await all.next('created', 2)
    assert.deepEqual(names((await all.next('snapshot')).rows), ['before'])
    assert.deepEqual(one.named(), ['lab'])
    assert.deepEqual(all.named(), ['other', 'lab'])
  })

  each('tell nothing after they are closed', async ({ store }) => {
    const closed = await follow(store, 'lab')
    const open = await follow(store, 'lab')
    await store.create('lab', alice)
    await closed.next('created')
    closed.close()
    closed.close()
    await store.delete('lab')
    await open.next('deleted')
    assert.deepEqual(closed.types(), ['snapshot', 'created'])
  })
}

export function end(each: Case): void {
  each('close ends every watch, and every later call rejects', async ({ store }) => {
    const feeds = [await follow(store, 'lab'), await follow(store, undefined)]
    await store.create('lab', alice)
    await store.close()
    await store.close()
    for (const feed of feeds) assert.equal((await feed.next('ended')).type, 'ended')
    const calls = [
      () => store.create('lab', alice),
      () => store.refresh('lab', 1),
      () => store.rotate('lab', alice),
      () => store.delete('lab'),
      () => store.get('lab'),
      () => store.list(),
      () => store.watch('lab', () => undefined)
    ]
    for (const call of calls) await assert.rejects(call, { code: 'closed' })
  })
}
