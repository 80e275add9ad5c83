/** Compares `N.N.N` number by number. */
export function isOlder(version: string, than: string): boolean {
  const [a = [], b = []] = [version, than].map((text) => text.split('.').map(Number));
  const index = b.findIndex((part, position) => part !== (a[position] ?? 0));
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
