import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { quadlet } from './support/entries.js';
import { leftToPodman } from './support/fault.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

let source: ImageSource;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  for (const tag of ['1', '2', '3']) await source.push(`team/many:${tag}`);
});

const many = () => `${source.proxy.host}/team/many`;

/** A host that binds all tags of the repository: podman lists them without TLSVerify= and the like. */
async function hostOfAllTags(image: string, ...lines: readonly string[]) {
  const registries = join(await tempDir(perTest), 'registries.conf');
  await writeFile(registries, `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`);
  const newRoot = quadlet('many.image', `Image=${image}`, 'AllTags=yes', ...lines);
  return newBoundHost(perTest, { newRoot, env: { CONTAINERS_REGISTRIES_CONF: registries } });
}

test('AllTags= brings every tag beside the one that is named, with a warning', async () => {
  const host = await hostOfAllTags(`${many()}:2`);
  const { exitCode, report } = await host.pull();
  expect(exitCode).toBe(0);
  expect(await host.stored()).toEqual(['1', '2', '3'].map((tag) => `${many()}:${tag}`));
  expect(report?.diagnostics.map(({ rule, line }) => `${rule} ${line}`)).toEqual(['all-tags-with-tag 3']);
});

test('AllTags= brings every tag, and again those that are new', async () => {
  const host = await hostOfAllTags(many());
  // Else each tag would be an image of the plan.
  source.proxy.addFault(leftToPodman);
  expect(await host.pull()).toMatchObject({ exitCode: 0, report: { images: [{ state: 'pulled' }] } });
  expect(await host.stored()).toEqual(['1', '2', '3'].map((tag) => `${many()}:${tag}`));
  await source.push('team/many:4');
  expect(await host.pull()).toMatchObject({ exitCode: 0 });
  expect(await host.stored()).toContain(`${many()}:4`);
});

test('a module is left out, with a warning at its value, where podman knows none', async () => {
  const lines = [`Image=${many()}:1`, 'ContainersConfModule=/etc/m.conf', 'TLSVerify=false'];
  const newRoot = { ...quadlet('many.image', ...lines), 'etc/m.conf': '' };
  const host = await newBoundHost(perTest, { newRoot });
  const { exitCode, report } = await host.pull();
  expect(exitCode).toBe(0);
  expect(await host.stored()).toEqual([`${many()}:1`]);
  // podman has --module since 4.7.
  const { stdout } = await host.store.podman(['--version']);
  const [major = 0, minor = 0] = stdout.match(/\d+/g)?.map(Number) ?? [];
  const known = major > 4 || (major === 4 && minor >= 7);
  expect(report?.diagnostics.map(({ rule, line }) => `${rule} ${line}`)).toEqual(
    known ? [] : ['podman-flag-unsupported 3'],
  );
});
