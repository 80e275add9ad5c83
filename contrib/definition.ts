import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { withHelp } from '../src/cli/help.js';
import { program } from '../src/cli/program.js';

/** As it is in package.json. Paths are those of a checkout, in its top directory. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return version;
}

/** The definition of the program, for what is generated from it. A build puts the version in; elsewhere it is global. */
export function definition(): Command {
  Object.assign(globalThis, { BOUND_IMAGES_VERSION: ownVersion() });
  return withHelp(program(() => undefined));
}
