import type { Domain, DomainPeer } from '@auki/domain'

/** All other members but observers: those that a command asks when it is told of none. */
export const othersOf = ({ peers }: Pick<Domain, 'peers'>): DomainPeer[] => peers.filter(({ isSelf, observer }) => !isSelf && !observer)
