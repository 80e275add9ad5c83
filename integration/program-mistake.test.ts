import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCli } from './support/cli.js';
import { makeRoots } from './support/host.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** EX_SOFTWARE of sysexits(3). */
const mistake = 70;

/** Does something as soon as the program listens for what nobody catches. */
const later = (action: string) => `const { on } = process;
process.on = function (name, ...rest) {
  if (name === 'uncaughtException') setImmediate(() => { ${action} });
  return on.call(this, name, ...rest);
};`;

test.each([
  {
    name: 'that is thrown',
    code: `Array.prototype.flatMap = () => { throw new TypeError('it is not a function'); };`,
  },
  { name: 'that nobody awaits', code: later(`throw new TypeError('it is not a function');`) },
  {
    name: 'of a promise that nobody awaits',
    code: later(`void Promise.reject(new TypeError('it is not a function'));`),
  },
  {
    name: 'that waits for what never comes',
    code: 'globalThis.setImmediate = () => undefined;',
    says: 'the run has no end',
  },
])('a mistake in the program $name is no missing image', async ({ code, says = 'it is not a function' }) => {
  const { newRoot } = await cleanup.use(
    makeRoots({ newRoot: { 'usr/lib/bound-images.d': { directory: true } } }),
  );
  const preload = join(await tempDir(cleanup), 'mistake.mjs');
  await writeFile(preload, code);
  const env = { NODE_OPTIONS: `--import=${preload}` };
  const { exitCode, stderr } = await runCli(['list', '--root', newRoot, '--current-root', newRoot], { env });
  expect(stderr).toContain(`error: ${says}\nhint: this is a mistake in bound-images`);
  expect(exitCode).toBe(mistake);
});
