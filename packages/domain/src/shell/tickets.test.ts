import { expect, test } from 'vitest'
import { Tickets } from './tickets.ts'

test('an answer finds who asked, once', async () => {
  const tickets = new Tickets<string>()
  const first = tickets.take()
  const second = tickets.take()
  tickets.answer(second.ticket, 'two')
  tickets.answer(first.ticket, 'one')
  tickets.answer(first.ticket, 'again')
  expect(await first.answer).toBe('one')
  expect(await second.answer).toBe('two')
  expect(tickets.size).toBe(0)
})

test('a dropped ticket takes no answer and is not kept', async () => {
  const tickets = new Tickets<string>()
  const { signal } = new AbortController()
  const dropped = tickets.take(signal)
  expect(tickets.signalOf(dropped.ticket)).toBe(signal)
  tickets.drop(dropped.ticket)
  tickets.answer(dropped.ticket, 'late')
  expect(tickets.size).toBe(0)
  expect(tickets.signalOf(dropped.ticket)).toBeUndefined()
  expect(await Promise.race([dropped.answer, Promise.resolve('pending')])).toBe('pending')
})

test('at the end all are answered', async () => {
  const tickets = new Tickets<string>()
  const waiting = [tickets.take(), tickets.take()]
  tickets.answerAll('over')
  expect(await Promise.all(waiting.map(({ answer }) => answer))).toEqual(['over', 'over'])
  expect(tickets.size).toBe(0)
})
