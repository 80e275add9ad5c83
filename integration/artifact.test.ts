import { createHash } from 'node:crypto';
import { readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { pushArtifact } from './support/push-artifact.js';
import { oneOf } from './support/sample.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const contentBytes = 100_000;
const content = 'x'.repeat(contentBytes);
const contentDigest = createHash('sha256').update(content).digest('hex');

let source: ImageSource;
/** `HOST/team/model:1`, through the proxy. */
let name: string;
let digest: string;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  const file = join(await tempDir(cleanup), 'model.bin');
  await writeFile(file, content);
  const { podman } = await podmanOf('5.8');
  const store = await cleanup.use(newStore());
  const pushed = `${source.registry.host}/team/model:1`;
  const command = (...args: readonly string[]) => execOk(podman, [...store.podmanArgs, 'artifact', ...args]);
  await command('add', pushed, file);
  await command('push', '--tls-verify=false', pushed);
  digest = (JSON.parse(await command('inspect', pushed)) as { Digest: string }).Digest;
  name = `${source.proxy.host}/team/model:1`;
});

const hostOf = (artifact: string, programs?: PodmanPrograms) =>
  newBoundHost(perTest, {
    ...(programs && { programs }),
    newRoot: {
      'usr/lib/os-release': 'ID=test\n',
      ...quadlet('model.artifact', `Artifact=${artifact}`, 'TLSVerify=false'),
    },
  });
const dropInHostOf = (artifact: string, programs: PodmanPrograms) =>
  newBoundHost(perTest, {
    programs,
    newRoot: {
      'usr/lib/os-release': 'ID=test\n',
      'usr/lib/bound-images.d/model.toml': `[[artifact]]\nreference = "${artifact}"\ntls-verify = false\n`,
    },
  });

const blobRequests = () => source.proxy.requests().filter(({ path }) => path.includes('/blobs/'));

describe.each(oneOf('artifact', ['5.4', '5.8', '6.1']))('with podman %s an artifact', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  test.each([
    ['by tag', () => hostOf(name, programs)],
    ['by digest', () => hostOf(`${source.proxy.host}/team/model@${digest}`, programs)],
    ['by a drop-in', () => dropInHostOf(name, programs)],
  ])('%s is pulled, and is there the second time', async (_, newHost) => {
    const host = await newHost();
    const first = await host.pull();
    expect(first).toMatchObject({ exitCode: 0, report: { images: [{ state: 'pulled', digest }] } });
    source.proxy.forget();
    const second = await host.pull();
    expect(second).toMatchObject({ exitCode: 0, report: { images: [{ state: 'present', digest }] } });
    expect(blobRequests()).toEqual([]);
  });

  test('that another tool has pushed has the digest of the manifest that this wrote', async () => {
    const { host: registry } = source.registry;
    const other = await pushArtifact(registry, 'team/other:1', [
      { content: Buffer.from(content), title: 'x' },
    ]);
    for (const named of ['team/other:1', `team/other@${other.digest}`]) {
      const host = await hostOf(`${source.proxy.host}/${named}`, programs);
      for (const state of ['pulled', 'present'])
        expect(await host.pull()).toMatchObject({
          exitCode: 0,
          report: { images: [{ state, digest: other.digest }] },
        });
    }
  });

  test.each([
    { name: 'is gone', damage: (blob: string) => rm(blob) },
    { name: 'was cut', damage: (blob: string) => truncate(blob, 10) },
  ])('is not there when its content $name', async ({ damage }) => {
    const host = await hostOf(name, programs);
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    const blobs = join(host.store.root, 'artifacts/blobs/sha256');
    for (const file of await readdir(blobs)) {
      const { size } = await stat(join(blobs, file));
      if (size === contentBytes) await damage(join(blobs, file));
    }
    const gate = await host.run('gate', '--podman', programs.podman);
    expect(gate.exitCode).toBe(1);
    const again = await host.pull();
    const { size } = await stat(join(blobs, contentDigest)).catch(() => ({ size: 0 }));
    expect(again.exitCode === 0).toBe(size === contentBytes);
  });

  test('that the registry does not have fails before anything is pulled', async () => {
    const host = await hostOf(`${source.proxy.host}/team/none:1`, programs);
    const { exitCode, report } = await host.pull();
    expect(exitCode).toBe(1);
    expect(report?.images).toMatchObject([{ state: 'failed', error: { code: 'manifest-unknown' } }]);
  });
});

test('an artifact is too much for an older podman, which is said before anything is pulled', async () => {
  const host = await hostOf(name);
  source.proxy.forget();
  const { podman } = await podmanOf('4.3');
  const { exitCode, stderr } = await host.pull('--podman', podman);
  expect(exitCode).toBe(4);
  expect(stderr).toContain(`the root binds the artifact “${name}”: podman 5.4.0 or newer is needed`);
  expect(source.proxy.requests()).toEqual([]);
});
