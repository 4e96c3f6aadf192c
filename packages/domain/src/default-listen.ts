/** Node: any free port, on all interfaces. */
export const defaultListen = ['/ip4/0.0.0.0/tcp/0']
