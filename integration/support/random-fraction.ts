import { createHash } from 'node:crypto';

/** Returns a number in [0, 1) that follows from `seed` and `name`, evenly distributed over many names. */
export function randomFraction(seed: number, name: string): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE() / 2 ** 32;
}
