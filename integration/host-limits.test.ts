import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { cliCommand } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { exec } from './support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let app: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
});

/** With fewer Node itself does not start. */
const limits = [24, 26, 28, 30, 32, 34, 36, 38, 40, 44, 48, 56, 64].map((count) => `--nofile=${count}`);

test.each([...limits, '--fsize=4096'])(
  'prlimit %s is told, or does not matter; nothing is called a mistake',
  async (limit) => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const args = [
      ...['pull', '--root', host.newRoot, '--current-root', host.currentRoot, '--retries', '0'],
      ...['--storage-root', host.store.root, '--storage-runroot', host.store.runroot],
    ];
    const env = {
      ...host.store.env,
      TMPDIR: host.temporary,
      BOUND_IMAGES_STATE_DIR: `${host.temporary}/state`,
    };
    const { exitCode, signal, stdout, stderr } = await exec('prlimit', [limit, ...cliCommand, ...args], {
      env,
    });
    expect(stdout + stderr).not.toMatch(/mistake in bound-images|^ {4}at /m);
    if (exitCode === 0) expect(await host.stored()).toEqual([app.tagged]);
    else {
      expect(signal).toBeUndefined();
      expect(exitCode).toBeOneOf([1, 75]);
      expect(stderr + stdout).toMatch(/hint: /);
    }
  },
);
