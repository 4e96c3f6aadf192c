/** What the lab needs of the machine it runs on. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'

/** Program to the Debian package that has it. */
const programs = { ip: 'iproute2', iptables: 'iptables', gcc: 'gcc', nsenter: 'util-linux' }
const isFound = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

/** What is missing, one sentence each; empty when the lab can run. */
export function missing(): string[] {
  const packages = Object.entries(programs).flatMap(([program, name]) => (isFound(program) ? [] : [name]))
  const sentences = packages.length === 0 ? [] : [`not installed: ${packages.join(' ')} (Debian: apt-get install ${packages.join(' ')})`]
  if (process.platform !== 'linux') return ['network namespaces are a feature of Linux']
  if (process.getuid?.() !== 0) return [...sentences, 'it makes network namespaces, which only root may: run it with sudo']
  if (packages.length > 0) return sentences
  return [...(canMakeNamespaces() ? [] : ['network namespaces are not allowed here']), ...(hasTap() ? [] : ['there is no /dev/net/tun'])]
}

function canMakeNamespaces(): boolean {
  const name = `auki-${process.pid}-try`
  const { status } = spawnSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' })
  return status === 0
}

function hasTap(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
