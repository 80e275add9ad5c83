import { expect, test } from 'vitest';
import { exec } from '../support/exec.js';
import { podmanOf } from '../support/podman-suites.js';
import { oneOf } from '../support/sample.js';
import { podmanVersions } from '../support/unpacked-podman.js';

const cases = 30;

/** All of it is `npm run test:registry`. */
test.each(oneOf('differential', podmanVersions))(
  'our client asks the registries that podman %s asks, in its order and with its credentials and trust',
  async (version) => {
    // Unpacked before the clock of the cases runs.
    await podmanOf(version);
    const args = ['integration/registries.long.ts', '--cases', `${cases}`, '--podman', version];
    const { exitCode, stdout, stderr } = await exec('integration/run-ts', args);
    expect(`${stdout}${stderr}`).toMatch(/\n\d{2,} compared, 0 differ,/);
    expect(exitCode).toBe(0);
  },
);
