import type { Roots } from '../root/open-roots.js';

/** The roots in which a file was looked for, in words; once where both are the same directory. */
export function triedRoots({ newRoot, current }: Roots): readonly string[] {
  const views = current.label === newRoot.label ? [newRoot] : [newRoot, current];
  return views.flatMap(({ name, label }) => (label === null ? [] : [`the ${name} root (${label})`]));
}
