import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idOf, missingOffline, receiptOf } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { hostPlatform } from './support/images.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import type { OstreeVersion } from './support/ostree-versions.js';
import { runStage } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  await source.proxy.accept();
  await perTest.run();
});

let source: ImageSource;
let old: SourceImage;
let app: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  old = await source.push('team/old:1');
  app = await source.push('team/app:1');
});

/** A host whose own images are all there. */
async function newCompleteHost(ostree: OstreeVersion, scope = perTest): Promise<OstreeHost> {
  const host = await newOstreeHost(scope, { tree: dropIn('apps', [old.pinned]), ostree });
  await host.runOk(['bound-images', 'pull', '--quiet']);
  return host;
}

const offlineGate = ['unshare', '--net', 'bound-images', 'gate', '--root', '/'];

describe.each<{ ostree: OstreeVersion; lockedNote: string }>([
  // It shows no locks.
  { ostree: '2022.7', lockedNote: 'staged' },
  { ostree: '2025.2', lockedNote: 'finalization locked' },
  { ostree: '2026.4', lockedNote: 'finalization locked' },
])('with libostree $ostree', ({ ostree, lockedNote }) => {
  test('the next boot is the old deployment until every image is there, and then the new one', async () => {
    const host = await newCompleteHost(ostree);
    const before = host.booted();
    const name = `team/late-${ostree}:1`;
    const late = old.tagged.replace('team/old:1', name);
    const checksum = await host.commit(dropIn('apps', [old.pinned, app.pinned, late]));

    await host.stage(checksum);
    const failed = await runStage(host);
    expect(failed).toMatchObject({ exitCode: 1, report: { state: 'failed', finalizationLock: 'ours' } });
    await host.finalize();
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: lockedNote });
    expect(await host.reboot()).toEqual(before);
    expect(await host.run(offlineGate)).toMatchObject({ exitCode: 0 });
    expect(await missingOffline(host, [old.pinned])).toEqual([]);

    await source.push(name);
    await host.stage(checksum);
    const complete = await runStage(host);
    expect(complete).toMatchObject({
      exitCode: 0,
      report: { state: 'staged', finalizationLock: 'released', error: null },
    });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    await host.finalize();
    expect(await host.reboot()).toMatchObject({ checksum });
    expect(await host.run(offlineGate)).toMatchObject({ exitCode: 0 });
    expect(await missingOffline(host, [old.pinned, app.pinned, late])).toEqual([]);
  });
});

describe('a deployment that cannot be completed', () => {
  const hostCleanup = newCleanup();
  let host: OstreeHost;
  let guarded: SourceImage;
  let foreign: SourceImage;
  beforeAll(async () => {
    const [locked] = await Promise.all([
      newImageSource(hostCleanup, { auth: { kind: 'htpasswd', users: { robot: 'pw' } }, creds: 'robot:pw' }),
      newCompleteHost('2026.4', hostCleanup).then((made) => {
        host = made;
      }),
    ]);
    guarded = await locked.push('team/guarded:1');
    const architecture = hostPlatform.architecture === 'arm64' ? 'amd64' : 'arm64';
    foreign = await source.pushSpec('team/foreign:1', {
      layers: [{ seed: 'foreign', sizeBytes: 1024 }],
      platform: { os: 'linux', architecture },
    });
  });
  afterAll(hostCleanup.run);

  interface Row {
    readonly name: string;
    readonly tree: () => Tree;
    readonly args?: readonly string[];
    readonly exitCode: number;
    /** Of the image that is missing, or of the whole. */
    readonly code: string;
  }
  const binding = (image: string) => dropIn('apps', [old.pinned, image]);

  test.each<Row>([
    {
      name: 'an image does not exist',
      tree: () => binding(app.tagged.replace('app', 'absent')),
      exitCode: 1,
      code: 'manifest-unknown',
    },
    {
      name: 'the registry wants a password',
      tree: () => binding(guarded.pinned),
      exitCode: 1,
      code: 'unauthorized',
    },
    {
      name: 'an image is for another platform',
      tree: () => binding(foreign.pinned),
      exitCode: 1,
      code: 'no-platform',
    },
    {
      name: 'its configuration is invalid',
      tree: () => ({ ...binding(app.pinned), 'usr/lib/bound-images.d/bad.toml': 'images = 1\n' }),
      exitCode: 3,
      code: 'configuration',
    },
    {
      name: 'the directory that is named does not exist',
      tree: () => binding(app.pinned),
      args: ['--dir', '/usr/lib/bound-image.d'],
      exitCode: 3,
      code: 'configuration',
    },
    {
      name: 'one of the directories that are named does not exist',
      tree: () => binding(app.pinned),
      args: ['--dir', '/usr/lib/bound-images.d,/usr/lib/bound-image.d'],
      exitCode: 3,
      code: 'configuration',
    },
    {
      name: 'it is no OS',
      tree: () => ({ 'usr/lib/os-release': '' }),
      exitCode: 3,
      code: 'configuration',
    },
  ])('never boots, and its command does not run: $name', async ({ tree, args = [], exitCode, code }) => {
    const booted = host.booted();
    const checksum = await host.commit(tree());
    const staged = await host.stage(checksum);
    const result = await runStage(host, ...args, '--retries', '0', '--', 'touch', '/run/ran');
    const errors = [result.report?.error, ...(result.report?.images ?? []).map(({ error }) => error)];
    expect(errors.flatMap((error) => error?.code ?? [])).toEqual([code]);
    expect(result).toMatchObject({ exitCode, report: { state: 'failed', finalizationLock: 'ours' } });
    expect(existsSync(host.path('/run/ran'))).toBe(false);
    const receipt = await receiptOf(host, staged);
    expect(receipt).toMatchObject({ state: 'failed', finalizationLock: 'ours' });
    const recorded = [receipt?.error, ...(receipt?.images ?? []).map(({ error }) => error)];
    expect(recorded.flatMap((error) => error?.code ?? [])).toEqual([code]);

    await host.finalize();
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'finalization locked' });
    expect(await host.reboot()).toEqual(booted);
    expect(await missingOffline(host, [old.pinned])).toEqual([]);
  });

  test.each([
    { name: 'is empty', tree: {} },
    {
      name: 'is one without /usr',
      tree: { 'etc/os-release': { link: '../usr/lib/os-release' }, usr: { directory: true } },
    },
  ] as const)('no command runs for a root that $name', async ({ tree }) => {
    await host.runOk(['rm', '--recursive', '--force', '/var/mount', '/run/ran']);
    await mkdir(host.path('/var/mount'));
    await writeTree(host.path('/var/mount'), tree);
    const command = ['--root', '/var/mount', '--', 'touch', '/run/ran'];
    const result = await host.run(['bound-images', 'stage', ...command]);
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('/var/mount is not the root of an OS, or not all of it');
    expect(existsSync(host.path('/run/ran'))).toBe(false);
    expect(await host.run(['bound-images', 'gate', '--root', '/var/mount'])).toMatchObject({ exitCode: 3 });
    await writeTree(host.path('/var/mount'), { 'usr/lib/os-release': 'ID=test\n' });
    // Where nothing is bound, no podman is asked.
    const noPodman = ['--podman', '/usr/bin/no-podman'];
    expect(await host.run(['bound-images', 'stage', ...noPodman, ...command])).toMatchObject({ exitCode: 0 });
    expect(existsSync(host.path('/run/ran'))).toBe(true);
  });

  test('is held while the registry is down, and completed and released when that is back', async () => {
    const staged = await host.stage(await host.commit(dropIn('apps', [old.pinned, app.pinned])));
    await source.proxy.refuse();
    const down = await runStage(host, '--retries', '0');
    expect(down).toMatchObject({
      exitCode: 75,
      report: { state: 'failed', images: [{ error: null }, { error: { code: 'connection' } }] },
    });
    await host.finalize();
    expect((await host.deployments())[0]).toMatchObject({ note: 'finalization locked' });
    await source.proxy.accept();
    expect(await runStage(host)).toMatchObject({ exitCode: 0, report: { finalizationLock: 'released' } });
    expect((await host.deployments())[0]).toMatchObject({ checksum: staged.checksum, note: 'staged' });

    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const place = {
      entry: 'apps.toml',
      file: '/usr/lib/bound-images.d/apps.toml',
      column: expect.any(Number),
    };
    const image = { error: null, seconds: expect.any(Number), id: expect.stringMatching(/^[\da-f]{64}$/) };
    expect(await receiptOf(host, staged)).toEqual({
      schemaVersion: 1,
      deployment: idOf(staged),
      root: staged.root,
      state: 'staged',
      startedAt: time,
      updatedAt: time,
      runs: 2,
      finalizationLock: null,
      bootId: (await host.runOk(['cat', '/proc/sys/kernel/random/boot_id'])).trim(),
      images: [
        {
          ...image,
          reference: old.pinned,
          store: 'podman',
          state: 'present',
          digest: old.digest,
          bytes: 0,
          attempts: 0,
          sources: [{ ...place, line: 2 }],
        },
        {
          ...image,
          reference: app.pinned,
          store: 'podman',
          state: 'pulled',
          digest: app.digest,
          bytes: expect.any(Number),
          attempts: 1,
          sources: [{ ...place, line: 6 }],
        },
      ],
      payloads: [],
      error: null,
      accepted: null,
    });
    await host.finalize();
    expect(await host.reboot()).toMatchObject({ checksum: staged.checksum });
    expect(await missingOffline(host, [old.pinned, app.pinned])).toEqual([]);
  });
});
