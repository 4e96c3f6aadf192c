import { describe, expect, test } from 'vitest'
import { Connection, type Endpoint } from './connection.ts'
import { EventQueue } from './queue.ts'
import { Random } from './random.ts'
import { Wire } from './wire.ts'

function setup(jitter = 0) {
  const queue = new EventQueue()
  const wire = new Wire({ queue, random: new Random(3), machines: 3, jitter })
  wire.setDelay(0, 1, 10)
  const seen: (string | number)[] = []
  return { queue, wire, seen }
}

describe('a wire', () => {
  test('delays, and overtakes only between lanes', () => {
    const { queue, wire, seen } = setup(20)
    const lane = { lastArrival: 0 }
    const ordered: number[] = []
    for (let i = 0; i < 50; i++) {
      wire.send(0, 1, () => ordered.push(i), lane)
      wire.send(0, 1, () => seen.push(i))
    }
    queue.runUntil(1_000)
    expect(ordered).toEqual([...ordered].sort((a, b) => a - b))
    expect(seen).not.toEqual([...ordered])
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(ordered)
  })

  test('holds what is sent into a cut until its end, in one direction only', () => {
    const { queue, wire, seen } = setup()
    const heal = wire.cut(0, 1)
    wire.send(0, 1, () => seen.push(queue.now))
    wire.send(1, 0, () => seen.push('back'))
    queue.runUntil(500)
    expect(seen).toEqual(['back'])
    heal()
    queue.runUntil(5_000)
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBeGreaterThanOrEqual(510)
  })

  test('two cuts need two ends, and an end from before all was mended ends nothing', () => {
    const { wire } = setup()
    const [first, second] = [wire.cut(0, 1), wire.cut(0, 1)]
    first()
    expect(wire.isCut(0, 1)).toBe(true)
    wire.healAll()
    wire.cut(0, 1)
    second()
    expect(wire.isCut(0, 1)).toBe(true)
    expect(wire.isOpen(0, 1)).toBe(false)
    expect(wire.isOpen(0, 2)).toBe(true)
  })

  test('bad weather makes messages late and loses none', () => {
    const { queue, wire, seen } = setup()
    wire.weather = { lossChance: 0.5, spikeMs: 1_000, extraMs: 0 }
    for (let i = 0; i < 100; i++) wire.send(0, 1, () => seen.push(queue.now))
    queue.runUntil(5_000)
    expect(seen).toHaveLength(100)
    expect(seen.filter((time) => Number(time) > 100).length).toBeGreaterThan(20)
  })
})

describe('a connection', () => {
  function pair() {
    const { queue, wire } = setup()
    const told: string[] = []
    const end = (peer: string, machine: number) => {
      const state = { alive: true, machineUp: true }
      return Object.assign(state, {
        peer,
        machine,
        deliver: (run: () => void) => run(),
        connectionClosed: () => told.push(`${peer} told`)
      })
    }
    const a = end('a', 0) satisfies Endpoint
    const b = end('b', 1)
    return { queue, wire, told, a, b, connection: new Connection(wire, { dialler: a, listener: b }, () => told.push('over')) }
  }

  test('closed by one end, the other is told', () => {
    const { queue, told, a, b, connection } = pair()
    connection.close(a)
    expect([connection.isOpen(a), connection.isOpen(b)]).toEqual([false, true])
    queue.runUntil(100)
    expect(told).toEqual(['over', 'b told'])
  })

  test('a farewell that is cut off leaves the other end believing', () => {
    const { queue, wire, told, a, b, connection } = pair()
    wire.cut(0, 1)
    connection.close(a)
    queue.runUntil(60_000)
    expect(connection.isOpen(b)).toBe(true)
    expect(told).toEqual([])
  })

  test('a machine without power says nothing; one that is back refuses, and then it is over', () => {
    const { queue, told, a, b, connection } = pair()
    b.alive = false
    b.machineUp = false
    connection.abandon(b)
    const seen: string[] = []
    connection.send(a, () => seen.push('arrived'))
    queue.runUntil(10_000)
    expect(told).toEqual([])
    b.machineUp = true
    connection.send(a, () => seen.push('arrived'))
    queue.runUntil(20_000)
    expect([seen, told]).toEqual([[], ['over', 'a told']])
  })
})
