import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that the tests take from the machine, by any of its names, and the package of Debian that has it. */
export type Need = { readonly names: readonly string[]; readonly debianPackage: string };

/** What `integration/setup` installs where it is missing: what the demo needs, the tests besides, and those of packages. */
export function readNeeds(mode: 'demo' | 'test' | 'package'): readonly Need[] {
  const setup = readFileSync(join(import.meta.dirname, '../setup'), 'utf8');
  const lists = [...setup.matchAll(/\bneeds\+?=\(([^)]*)\)/g)].map(([, words = '']) => words);
  const count = { demo: 1, test: 2, package: 3 }[mode];
  const words =
    lists
      .slice(0, count)
      .join(' ')
      .match(/[^\s']+/g) ?? [];
  return words.map((word) => {
    const [programs = '', debianPackage = ''] = word.split(':');
    return { names: programs.split('|'), debianPackage };
  });
}
