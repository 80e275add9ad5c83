import { access } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { cliCommand } from './cli.js';
import { readNeeds } from './needs.js';
import { findProgram } from './programs.js';

/**
 * Vitest's global setup of the integration tests: proves that the machine can run them.
 * @throws Error listing everything that is missing. Nothing is skipped: a test that did not run proves nothing.
 */
export default async function setup({ config }: TestProject): Promise<void> {
  const problems: string[] = [];
  for (const { names, debianPackage } of readNeeds('test')) {
    const found = await findProgram(...names).catch(() => undefined);
    if (found === undefined) {
      problems.push(`${names.join(' or ')} is not installed: apt-get install ${debianPackage}`);
    }
  }
  if (process.getuid?.() !== 0) problems.push('not running as root: podman needs it for a store of its own');
  const program = cliCommand.at(-1) ?? '';
  const built = await access(program).then(
    () => true,
    () => false,
  );
  if (!built) problems.push(`${program} does not exist: npm run build`);
  if (problems.length > 0) {
    throw new Error(`The integration tests cannot run here:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
  process.stderr.write(`Random cases and samples: TEST_SEED=${config.env.TEST_SEED} for the same again.\n`);
}
