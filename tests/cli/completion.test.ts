import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { at, bundle, discovery, event, finished, start } from './support.ts'

test('a shell that has sourced the script completes commands, options, choices and names of clusters', { timeout: 120_000 }, async () => {
  const url = await discovery()
  await event(start('join', 'hall', ...at(url), '--json'), 'joined')
  const script = `
    auki() { "${process.execPath}" "${bundle}" "$@"; }
    source <(auki completion bash)
    for line in 'auki jo' 'auki join hall --sensor lidar:' 'auki peers ha'; do
      COMP_LINE=$line COMP_POINT=\${#line}; _auki; echo "$line: \${COMPREPLY[*]}"
    done`
  const env = { ...process.env, AUKI_DISCOVERY_URL: url }
  const shell = spawn('bash', ['--norc', '-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const stdout = 'auki jo: join\nauki join hall --sensor lidar:: synthetic\nauki peers ha: hall\n'
  expect(await finished(shell)).toEqual({ code: 0, stderr: '', stdout })
})
