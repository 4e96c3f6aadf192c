/** All scenarios, in the order in which they run. */
import type { Scenario } from '../scenario.ts'
import { bufferedProxy } from './buffered-proxy.ts'
import { bursts } from './bursts.ts'
import { farClock } from './far-clock.ts'
import { halfPartition } from './half-partition.ts'
import { linkDown, managerLinkDown } from './link-down.ts'
import { ipv6Only, publicOnly } from './one-family.ts'
import { roamManager, roamMember } from './roam.ts'
import { sleep } from './sleep.ts'
import { slowUplink } from './slow-uplink.ts'
import { twoAddresses } from './two-addresses.ts'
import { twoNats } from './two-nats.ts'

export const scenarios: readonly Scenario[] = [
  roamManager,
  roamMember,
  linkDown,
  managerLinkDown,
  slowUplink,
  bursts,
  sleep,
  halfPartition,
  twoNats,
  twoAddresses,
  farClock,
  ipv6Only,
  publicOnly,
  bufferedProxy
]
