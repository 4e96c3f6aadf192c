import { expect, test } from 'vitest'
import { Tickets } from './tickets.ts'

test('an answer finds who asked, once', async () => {
  const tickets = new Tickets()
  const first = tickets.take('over')
  const second = tickets.take(0)
  tickets.answer(second.ticket, 2)
  tickets.answer(first.ticket, 'one')
  tickets.answer(first.ticket, 'again')
  expect(await first.answer).toBe('one')
  expect(await second.answer).toBe(2)
  expect(tickets.size).toBe(0)
})

test('a dropped ticket takes no answer and is not kept', async () => {
  const tickets = new Tickets()
  const { signal } = new AbortController()
  const dropped = tickets.take('over', signal)
  expect(tickets.signalOf(dropped.ticket)).toBe(signal)
  tickets.drop(dropped.ticket)
  tickets.answer(dropped.ticket, 'late')
  tickets.end()
  expect(tickets.size).toBe(0)
  expect(tickets.signalOf(dropped.ticket)).toBeUndefined()
  expect(await Promise.race([dropped.answer, Promise.resolve('pending')])).toBe('pending')
})

test('at the end all are answered, each with what fits its question', async () => {
  const tickets = new Tickets()
  const waiting = [tickets.take('over'), tickets.take(false)]
  tickets.end()
  expect(await Promise.all(waiting.map(({ answer }) => answer))).toEqual(['over', false])
  expect(tickets.size).toBe(0)
})
