import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exec } from '../support/exec.js';

/** Not a dependency: it brings a TypeScript of its own. */
const checker = '@arethetypeswrong/cli@0.18.5';

test('every way to import the package finds its types', async () => {
  const [archive = ''] = readdirSync('build').filter((name) => name.endsWith('.tgz'));
  // There are only modules: https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require.
  const args = ['--yes', checker, join('build', archive), '--profile', 'esm-only', '--format', 'json'];
  const { exitCode, stdout, stderr } = await exec('npx', args);
  expect(exitCode, stdout + stderr).toBe(0);
});
