/** All scenarios, in the order in which they run. */
import type { Scenario } from '../scenario.ts'
import { linkDown, managerLinkDown } from './link-down.ts'
import { roamManager, roamMember } from './roam.ts'

export const scenarios: readonly Scenario[] = [roamManager, roamMember, linkDown, managerLinkDown]
