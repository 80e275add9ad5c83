import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, outputOf } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';

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

describe.each(oneOf('missing-helper', ['4.3', '5.8', '6.1']))('with podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  test.each([
    { name: 'we ask for it', args: [] },
    { name: 'podman itself asks for it', args: ['--direct'] },
  ])('a credential helper that is not installed fails for good, at once, where $name', async ({ args }) => {
    const file = join(await tempDir(perTest), 'auth.json');
    await writeFile(file, JSON.stringify({ credHelpers: { [source.proxy.host]: 'ecr-login' } }));
    const env = { REGISTRY_AUTH_FILE: file };
    const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [app.tagged]), programs, env });
    const result = await host.pull('--retries', '5', ...args);
    expect(result.report?.images, outputOf(result)).toMatchObject([
      {
        state: 'failed',
        error: { code: 'authfile', message: expect.stringContaining('docker-credential-ecr-login') },
      },
    ]);
    expect(result.report?.images[0]?.attempts).toBeLessThanOrEqual(1);
    expect(result.exitCode).toBe(1);
  });
});
