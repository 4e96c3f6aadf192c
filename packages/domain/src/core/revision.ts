/** Under which reign a row or a document stands. Those by the reference's rules are unversioned: they have no place in the order of reigns. */
export type Revision = number | undefined

/** Its place in the order of reigns, for comparisons; the unversioned come before all others. */
export const placeOf = (revision: Revision): number => revision ?? 0
