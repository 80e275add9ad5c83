/** Adds all of `items`. `push(...items)` lays each on the stack, which has no room for what a long file makes. */
export function append<T>(list: T[], items: readonly T[]): void {
  for (const item of items) list.push(item);
}
