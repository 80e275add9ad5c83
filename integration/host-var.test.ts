import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import type { Tree } from './support/host.js';
import { newImageLayout } from './support/images.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const deployed: Tree = { ostree: { link: 'sysroot/ostree' }, 'usr/etc/keep': '', 'etc/keep': '' };
const archive = '/var/lib/example/app.tar';
const newRoot = quadlet('app.image', `Image=oci-archive:${archive}`);

async function ship(root: string): Promise<void> {
  const directory = join(await tempDir(perTest), 'layout');
  await mkdir(directory);
  const layout = await newImageLayout(directory);
  await layout.addImage({ layers: [{ seed: 'var', sizeBytes: 1024 }] });
  const path = join(root, archive);
  await mkdir(dirname(path), { recursive: true });
  await execOk('tar', ['-C', directory, '-cf', path, '.']);
}

async function rulesOf(host: BoundHost): Promise<{ status: number | undefined; rules: readonly string[] }> {
  const { exitCode, stdout } = await host.run('check', '--format', 'json');
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: readonly { rule: string; severity: string }[];
  };
  const rules = diagnostics
    .filter(({ severity }) => severity !== 'warning')
    .map(({ rule, severity }) => `${rule} ${severity}`);
  return { status: exitCode, rules };
}

test('an archive in the /var of the host is pulled', async () => {
  const host = await newBoundHost(perTest, { newRoot, currentRoot: deployed });
  await ship(host.currentRoot);
  expect(await rulesOf(host)).toEqual({ status: 0, rules: [] });
  expect(await host.pull()).toMatchObject({ exitCode: 0, report: { images: [{ state: 'pulled' }] } });
});

test('an archive in the /var of the new root does not reach a host', async () => {
  const host = await newBoundHost(perTest, { newRoot, currentRoot: deployed });
  await mkdir(join(host.currentRoot, 'var'));
  await ship(host.newRoot);
  expect(await rulesOf(host)).toEqual({ status: 3, rules: ['path-unusable error'] });
  expect(await host.pull()).toMatchObject({ exitCode: 3, report: { images: [] } });
});

test('off the host check and plan do not know, and a pull fails', async () => {
  const host = await newBoundHost(perTest, { newRoot });
  expect(await rulesOf(host)).toEqual({ status: 0, rules: ['host-path-unknown info'] });
  expect(await host.run('plan')).toMatchObject({ exitCode: 0 });
  expect(await host.pull()).toMatchObject({ exitCode: 3, report: { images: [] } });
});
