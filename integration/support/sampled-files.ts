import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { numberOf } from './sample.js';

/** What every run meets: each command on its main way, and what users read. */
export const always: readonly string[] = [
  'completions',
  'demo',
  'docs',
  'executable',
  'gate',
  'json-output',
  'man-pages',
  'package-forms',
  'pull',
  'stage',
  'systemd-units',
].map((name) => `integration/${name}.test.ts`);

/** Of all other files, one of so many. */
const oneIn = 3;

/**
 * Which files with tests below `directory` a run with that seed leaves out, so that it ends within an hour on two slow
 * processors. Another seed, with each change of the program, leaves out others.
 *
 * @returns paths that begin with `directory`
 */
export function leftOut(directory: string, seed: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(directory, name))
    .filter((path) => !always.includes(path) && numberOf(path, seed) % oneIn !== 0);
}
