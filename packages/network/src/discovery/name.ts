/** Whether a text can be the name of a cluster: 1 to 64 of `A-Z a-z 0-9 _ -`, and not `watch`. */
export function isClusterName(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text) && text !== 'watch'
}
