/** Node: any free port, on all interfaces, in both families. */
export const defaultListen = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0']
