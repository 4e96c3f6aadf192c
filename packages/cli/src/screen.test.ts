import { expect, test } from 'vitest'
import { clean } from './clean.ts'
import { Output } from './output.ts'
import { fakeHost } from './testing/fake-host.ts'

const lines = (...texts: string[]) => texts.map(clean)

test('lines are drawn over themselves: of a frame only what has changed is written, and nothing clears the terminal', () => {
  const host = fakeHost({ terminal: { columns: 80, rows: 10 } })
  const live = new Output(host, {}).live('stdout')!
  live.draw(lines('PEER   RATE', 'robot  30 Hz', 'phone  1 Hz'))
  const first = host.printed.stdout
  live.draw(lines('PEER   RATE', 'robot  31 Hz', 'phone  1 Hz'))
  const second = host.printed.stdout.slice(first.length)
  expect(second).toContain('robot  31 Hz')
  expect(second).not.toContain('PEER')
  expect(second).not.toContain('phone')
  expect(first + second).not.toContain('\x1b[2J')
  live.draw(lines('PEER   RATE', 'robot  31 Hz', 'phone  1 Hz'))
  expect(host.printed.stdout).toBe(first + second)
})

test('a frame is cut to the terminal, and says how many lines there are besides', () => {
  const host = fakeHost({ terminal: { columns: 12, rows: 5 } })
  new Output(host, {}).live('stdout')!.draw(lines('one', 'two', 'a line that is too long', 'four', 'five', 'six'))
  expect(host.printed.stdout).toContain('one\ntwo\na line… long\n… 3 mo…lines\n')
})

test('what is printed meanwhile goes above, and the frame comes again beneath', () => {
  const host = fakeHost({ terminal: { columns: 80, rows: 10 } })
  const out = new Output(host, {})
  out.live('stdout')!.draw(lines('frame'))
  const before = host.printed.stdout.length
  out.say('news')
  expect(host.printed.stdout.slice(before)).toMatch(/news\n.*frame\n/)
  out.warn('trouble')
  expect(host.printed.stderr).toBe('auki: trouble\n')
})

test('the cursor is hidden while a frame is drawn, and comes back when it is over or the process ends', () => {
  for (const end of ['dispose', 'exit']) {
    const host = fakeHost({ terminal: { columns: 80, rows: 10 } })
    const live = new Output(host, {}).live('stdout')!
    live.draw(lines('frame'))
    expect(host.printed.stdout.startsWith('\x1b[?25l')).toBe(true)
    if (end === 'dispose') live[Symbol.dispose]()
    else host.screen.end()
    expect(host.printed.stdout.endsWith('\x1b[?25h')).toBe(true)
    live.draw(lines('too late'))
    expect(host.printed.stdout).not.toContain('too late')
  }
})

test('one draws at a time; where nobody looks nobody does', () => {
  const host = fakeHost({ terminal: { columns: 80, rows: 10 } })
  const out = new Output(host, {})
  const live = out.live('stdout')!
  expect(out.live('stderr')).toBeUndefined()
  live[Symbol.dispose]()
  expect(out.live('stderr')).toBeDefined()
  expect(new Output(fakeHost(), {}).live('stdout')).toBeUndefined()
  expect(new Output(fakeHost({ terminal: { columns: 80, rows: 10 } }), { json: true }).live('stdout')).toBeUndefined()
})

test('a terminal that became narrower is cleared of the lines that it broke', () => {
  const terminal = { columns: 20, rows: 10 }
  const host = fakeHost({ terminal })
  new Output(host, {}).live('stdout')!.draw(lines('0123456789abcdef', 'short'))
  const before = host.printed.stdout.length
  terminal.columns = 10
  host.screen.resized()
  const after = host.printed.stdout.slice(before)
  expect(after.startsWith('\r\x1b[3A\x1b[J')).toBe(true)
  expect(after).toContain('01234…cdef\nshort\n')
})
