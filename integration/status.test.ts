import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idOf, receiptFile } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { holdRequests } from './support/held-requests.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { hostPlatform } from './support/images.js';
import { type HostDeployment, newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import type { DeployedRoot } from './support/ostree-sysroot.js';
import { runStage, stageCommand } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

// A rollback that bound `old`, a booted deployment that binds `app`, and a staged one that waits for `absent`.
let source: ImageSource;
let [rollback, booted]: DeployedRoot[] = [];
let staged: HostDeployment;
let host: OstreeHost;
let old: SourceImage;
let app: SourceImage;
let absent: string;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  old = await source.push('team/old:1');
  app = await source.push('team/app:1');
  absent = app.tagged.replace('app', 'absent');
  host = await newOstreeHost(cleanup, { tree: dropIn('apps', [old.tagged]) });
  rollback = host.booted();
  await host.runOk(['bound-images', 'pull', '--quiet']);
  await host.stage(await host.commit(dropIn('apps', [app.pinned])));
  expect(await runStage(host)).toMatchObject({ exitCode: 0 });
  await host.finalize();
  booted = await host.reboot();
  staged = await host.stage(await host.commit(dropIn('apps', [app.pinned, absent])));
  expect(await runStage(host, '--retries', '0')).toMatchObject({ exitCode: 1 });
});

async function status() {
  const { exitCode, stdout, stderr } = await host.run(['bound-images', 'status', '--format', 'json']);
  expect(exitCode).toBe(0);
  return { report: JSON.parse(stdout), stderr };
}

const whole = {
  store: 'podman',
  size: expect.any(Number),
  platform: `${hostPlatform.os}/${hostPlatform.architecture}`,
  problem: null,
};
const nothing = { store: 'podman', digest: null, size: null, platform: null, problem: null };

test('shows each deployment with its images and its last run', async () => {
  const { report, stderr } = await status();
  expect(stderr).toBe('');
  expect(report).toEqual({
    schemaVersion: 1,
    host: 'ostree',
    deployments: [
      {
        id: idOf(staged),
        root: staged.root,
        booted: false,
        staged: true,
        rollback: false,
        pinned: false,
        softReboot: false,
        finalizationLock: 'ours',
        images: [
          { reference: app.pinned, state: 'present', digest: app.digest, ...whole },
          { reference: absent, state: 'missing', ...nothing },
        ],
        payloads: [],
        receipt: expect.objectContaining({ state: 'failed', runs: 1, finalizationLock: 'ours' }),
        error: null,
      },
      {
        id: booted && idOf(booted),
        root: booted?.root,
        booted: true,
        staged: false,
        rollback: false,
        pinned: false,
        softReboot: false,
        finalizationLock: null,
        images: [{ reference: app.pinned, state: 'present', digest: app.digest, ...whole }],
        payloads: [],
        receipt: expect.objectContaining({ state: 'staged', runs: 1, finalizationLock: null }),
        error: null,
      },
      {
        id: rollback && idOf(rollback),
        root: rollback?.root,
        booted: false,
        staged: false,
        rollback: true,
        pinned: false,
        softReboot: false,
        finalizationLock: null,
        images: [{ reference: old.tagged, state: 'present', digest: old.digest, ...whole }],
        payloads: [],
        receipt: null,
        error: null,
      },
    ],
    keptParts: { layers: 0, bytes: 0 },
    leases: [],
    busy: null,
    damaged: [],
  });
});

test('shows the same to a person', async () => {
  const { exitCode, stdout } = await host.run(['bound-images', 'status']);
  expect(exitCode).toBe(0);
  const masked = stdout.replace(/\d+(?:\.\d)? kB/g, 'SIZE').replace(/\d{4}-\d\d-\d\dT\S+?Z/g, 'TIME');
  const lines = masked.split('\n');
  expect(lines.filter((line) => !line.includes(`${absent}: `))).toEqual([
    `  ${idOf(staged)}  staged, held by bound-images`,
    '    1 of 2 bound images missing, SIZE with shared layers',
    `    missing ${absent}`,
    '    stage failed at TIME',
    `* ${booted && idOf(booted)}  booted`,
    '    1 bound image present, SIZE with shared layers',
    '    stage completed it at TIME',
    `  ${rollback && idOf(rollback)}  rollback`,
    '    1 bound image present, SIZE with shared layers',
    '',
  ]);
  expect(masked).toMatch(/absent:1: .*manifest unknown/);
});

test('says who is at work', async () => {
  const held = holdRequests(source.proxy, /team\/absent\/manifests/);
  const live = host.start(stageCommand);
  await held.come();
  const { report } = await status();
  held.release();
  await live.finished;
  expect(report.busy).toEqual({
    holder: {
      pid: expect.any(Number),
      command: expect.stringMatching(/ stage --format json$/),
      since: expect.any(String),
    },
  });
  expect(report.deployments[0].receipt).toMatchObject({ state: 'downloading', runs: 2 });
});

test('shows what a run that was killed has left of layers, until it is pruned', async () => {
  const megabyte = 1024 * 1024;
  const big = await source.push('team/big:1', { sizeBytes: 4 * megabyte });
  await writeTree(host.path('/var/big'), {
    'usr/lib/os-release': 'ID=test\n',
    ...dropIn('apps', [big.pinned]),
  });
  source.proxy.throttle(2 * megabyte);
  const layer = big.layers[0]?.digest;
  const live = host.start(['bound-images', 'pull', '--root', '/var/big', '--progress', 'none']);
  await waitUntil('half of the layer has come', () =>
    source.proxy.requests().some(({ digest, bytesSent }) => digest === layer && bytesSent > 2 * megabyte),
  );
  live.kill('SIGKILL');
  await live.finished;
  source.proxy.throttle(undefined);
  const { report } = await status();
  expect(report.keptParts).toEqual({ layers: 1, bytes: expect.any(Number) });
  expect(report.keptParts.bytes).toBeGreaterThan(megabyte);
  const { stdout } = await host.run(['bound-images', 'status']);
  expect(stdout).toMatch(/^kept for the next pull: \d\.\d MB of 1 layer$/m);

  const prune = ['bound-images', 'prune', '--keep-parts', '0'];
  expect(await host.run([...prune, '--dry-run'])).toMatchObject({ exitCode: 0 });
  expect((await status()).report.keptParts).toEqual(report.keptParts);
  expect(await host.run(prune)).toMatchObject({ exitCode: 0 });
  expect((await status()).report.keptParts).toEqual({ layers: 0, bytes: 0 });
});

test('shows what was prefetched, for which OS image and until when, also when that is over', async () => {
  const other = await source.push('team/other:1');
  const lock = `image = [{ reference = "${other.pinned}", tls-verify = false }]`;
  const os = await source.pushSpec('os/next:1', {
    layers: [{ seed: 'os', sizeBytes: 1000 }],
    labels: { 'io.bound-images.lock': lock },
  });
  await writeTree(host.path('/etc/containers/registries.conf.d'), {
    'test.conf': `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`,
  });
  const prefetch = ['bound-images', 'prefetch', '--quiet', '--os-image', os.tagged];
  await host.runOk(prefetch);
  const image = { id: expect.stringMatching(/^[0-9a-f]{64}$/), names: [other.pinned], state: 'present' };
  const lease = { osImage: os.tagged, until: expect.any(String), expired: false, images: [image] };
  expect((await status()).report.leases).toEqual([lease]);
  const text = async () => {
    const { stdout } = await host.run(['bound-images', 'status']);
    return stdout.replace(/\d{4}-\d\d-\d\d(?!T)/g, 'DAY');
  };
  expect(await text()).toContain(
    `prefetched for ${os.tagged}: 1 image, kept until DAY\n    ${source.proxy.host}/team/other@sha256:`,
  );
  await host.runOk([...prefetch, '--keep-for', '0']);
  expect((await status()).report.leases).toEqual([{ ...lease, expired: true }]);
  expect(await text()).toContain('1 image, kept until DAY, which is over: prune may remove');
  await host.runOk(['bound-images', 'prune']);
  expect((await status()).report.leases).toEqual([]);
});

test('says what it cannot read, and shows the rest', async () => {
  const damaged = [staged, booted ?? staged].map(receiptFile);
  for (const file of damaged) await writeFile(host.path(file), '{');
  await writeFile(host.path(`${staged.root}/usr/lib/bound-images.d/bad.toml`), 'images = 1\n');
  const { report, stderr } = await status();
  expect(stderr).toContain(
    `warning: ${receiptFile(staged)} is not used: it is not JSON, or only a part of it\n`,
  );
  expect(report.damaged.map(({ file }: { file: string }) => file).sort()).toEqual([...damaged].sort());
  expect(report.deployments).toMatchObject([
    { staged: true, receipt: null, error: 'its configuration has errors: see bound-images check' },
    { booted: true, images: [{ state: 'present' }], error: expect.stringContaining('json is not used: ') },
    { rollback: true },
  ]);
});

test('locks nothing and makes nothing, where no run has ever worked on the store', async () => {
  const directory = '/var/lib/containers/storage/bound-images';
  await host.runOk(['rm', '--recursive', directory]);
  const { report } = await status();
  expect(report.busy).toBe(null);
  expect(existsSync(host.path(directory))).toBe(false);
});
