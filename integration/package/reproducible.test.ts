import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { execOk } from '../support/exec.js';
import { newCleanup, tempDir } from '../support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** Somebody may commit meanwhile. */
let commit: string;
beforeAll(async () => {
  commit = (await execOk('git', ['rev-parse', 'HEAD'])).trim();
});

/** What a checkout of this commit gives, elsewhere and at another time. */
async function built(name: string): Promise<string> {
  const directory = join(await tempDir(cleanup), name);
  await execOk('git', ['clone', '--quiet', '--no-checkout', '.', directory]);
  await execOk('git', ['-C', directory, 'checkout', '--quiet', '--detach', commit]);
  await execOk('cp', ['--archive', 'node_modules', directory]);
  // Of extensions and packages, whose compression takes minutes, the same is asked for smaller ones (deb, rpm,
  // system-extension).
  const forms = ['executables', 'npm', 'archives', 'installer', 'oci', 'sbom'];
  await execOk('npm', ['run', '--silent', 'package', '--', ...forms], {
    cwd: directory,
    env: { TZ: name === 'one' ? 'Asia/Tokyo' : 'America/Lima', LANG: name === 'one' ? 'C' : 'C.UTF-8' },
  });
  return await readFile(join(directory, 'build/SHA256SUMS'), 'utf8');
}

test('two builds of one commit are equal to the byte', async () => {
  const one = await built('one');
  expect(one.trim().split('\n').length).toBeGreaterThanOrEqual(8);
  expect(await built('the-other')).toBe(one);
});
