import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tarOf } from '../test/support/tar-archive.js';
import { asBootcUsr, bootcStore, namesInBootcStore, upgradeAsBootc } from './support/as-bootc.js';
import { receiptOf, storedNames } from './support/deployments.js';
import { dropIn, quadlet } from './support/entries.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { resultOf } from './support/result-of.js';
import { runStage } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';
import { unpackedPodman } from './support/unpacked-podman.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const toBootc = ['--store', 'bootc'] as const;

let source: ImageSource;
let app: SourceImage;
let agent: SourceImage;
let tool: SourceImage;
let both: SourceImage;
let old: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  const push = (name: string) => source.push(`team/${name}:1`);
  app = await push('app');
  agent = await push('agent');
  tool = await push('tool');
  both = await push('both');
  old = await push('old');
});

/** The registries of the host know no TLS, which bootc is told by registries.conf alone. */
function registriesConf(): Tree {
  const text = `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`;
  return { 'usr/etc/containers/registries.conf.d/tests.conf': text };
}

const bind = (name: string, image: string) => quadlet(`${name}.container`, `Image=${image}`);

/** A host whose /sysroot is read-only, as bootc has it, and that runs this podman. */
async function newHost(usr?: string): Promise<OstreeHost> {
  const own = await asBootcUsr(cleanup);
  if (usr !== undefined) await cp(usr, own, { recursive: true, verbatimSymlinks: true });
  const host = await newOstreeHost(cleanup, { tree: registriesConf(), usr: own });
  await host.runOk(['mount', '-o', 'remount,bind,ro', '/sysroot']);
  return host;
}

const binding = (...trees: readonly Tree[]): Tree => Object.assign({}, registriesConf(), ...trees);

async function run(host: OstreeHost, command: string, ...args: readonly string[]) {
  const result = await host.run(['bound-images', command, '--format', 'json', ...toBootc, ...args]);
  return { ...result, report: resultOf(result.stdout) };
}

/** How many requests have reached the registry. */
const requests = () => source.proxy.requests().length;

describe.each([
  { version: '4.3', usr: async () => undefined },
  { version: '5.8', usr: async () => join(await unpackedPodman('5.8'), 'usr') },
])('with podman $version', ({ version, usr }) => {
  let host: OstreeHost;
  beforeAll(async () => {
    host = await newHost(await usr());
    expect(await host.runOk(['podman', '--version'])).toContain(` ${version}.`);
  });

  test('nothing is done where bootc has not made its store: the deployment stays held', async () => {
    const bootcs = { ...bind('app', app.tagged), ...bind('old', old.tagged) };
    await host.stage(await host.commit(binding(bootcs, dropIn('tools', [tool.tagged]))));
    const before = requests();
    const staged = await runStage(host, ...toBootc);
    expect(staged).toMatchObject({ exitCode: 1 });
    expect(staged.stderr).toContain('bootc has not made its store yet, /sysroot/ostree/bootc/storage');
    expect(staged.stderr).toContain('hint: start “bootc image cmd list” once');
    expect((await host.deployments())[0]?.note).toBe('finalization locked');
    for (const command of ['plan', 'pull', 'gate', 'status', 'prune']) {
      const root = command === 'plan' || command === 'pull' ? ['--root', (await stagedRoot(host)) ?? ''] : [];
      const ended = await run(host, command, ...root);
      expect(ended, command).toMatchObject({
        stderr: expect.stringContaining('bootc has not made its store'),
      });
      expect(ended.exitCode, command).not.toBe(0);
    }
    const doctor = await host.run(['bound-images', 'doctor', ...toBootc]);
    expect(doctor).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('bootc has not made its') });
    expect(requests()).toBe(before);
    expect(await storedNames(host)).toEqual([]);
  });

  test('what bootc pulls goes into its store, all else into podman’s, and bootc finds all of it', async () => {
    await host.runOk(['as-bootc', 'make']);
    expect(await runStage(host, ...toBootc)).toMatchObject({
      exitCode: 0,
      report: {
        state: 'staged',
        finalizationLock: 'released',
        images: [
          { reference: app.tagged, store: 'bootc', state: 'pulled', digest: app.digest },
          { reference: old.tagged, store: 'bootc', state: 'pulled', digest: old.digest },
          { reference: tool.tagged, store: 'podman', state: 'pulled', digest: tool.digest },
        ],
      },
    });
    expect(await namesInBootcStore(host)).toEqual([app.tagged, old.tagged]);
    expect(await storedNames(host)).toEqual([tool.tagged]);
    const before = requests();
    expect(await upgradeAsBootc(host, [app.tagged, old.tagged])).toEqual({ pulled: [], removed: [] });
    expect(requests()).toBe(before);
    const files = await host.runOk(['find', bootcStore, '-name', '*bound-images*']);
    expect(files).toBe('');
    // Nothing is mounted for anybody else.
    expect(await host.runOk(['cat', '/proc/self/mounts'])).not.toContain('/run/bootc/storage');
    expect(await host.run(['touch', `${bootcStore}/x`])).toMatchObject({ exitCode: 1 });
  });

  test('what is there is not pulled again, and what bootc has pulled is there', async () => {
    const next = { ...bind('app', app.tagged), ...bind('agent', agent.tagged) };
    await upgradeAsBootc(host, [app.tagged, agent.tagged, old.tagged]);
    await host.stage(await host.commit(binding(next, dropIn('tools', [tool.pinned]))));
    expect((await run(host, 'plan', '--root', (await stagedRoot(host)) ?? '')).report).toMatchObject({
      images: [
        { reference: agent.tagged, store: 'bootc', state: 'present' },
        { reference: app.tagged, store: 'bootc', state: 'present' },
        { reference: tool.pinned, store: 'podman' },
      ],
    });
    const { report } = await runStage(host, ...toBootc);
    expect(report?.images).toMatchObject([
      { reference: agent.tagged, state: 'present' },
      { reference: app.tagged, state: 'present' },
      { reference: tool.pinned },
    ]);
  });

  test('the gate looks into both, and holds what lacks an image in bootc’s', async () => {
    expect(await run(host, 'gate')).toMatchObject({ exitCode: 0 });
    await host.runOk(['as-bootc', 'podman', 'image', 'rm', app.tagged]);
    // The same image in the other store helps nobody.
    await host.runOk(['podman', 'pull', '--quiet', app.tagged]);
    expect(await run(host, 'gate', '--hold')).toMatchObject({
      exitCode: 1,
      report: {
        images: [
          { reference: agent.tagged, store: 'bootc', state: 'present' },
          { reference: app.tagged, store: 'bootc', state: 'missing' },
          { reference: tool.pinned, store: 'podman', state: 'present' },
        ],
        finalizationLock: 'ours',
      },
    });
    const text = await host.run(['bound-images', 'gate', ...toBootc]);
    expect(text.stdout).toContain(`missing ${app.tagged} (bootc’s store)\n`);
    expect(await runStage(host, ...toBootc)).toMatchObject({ exitCode: 0 });
    expect(await run(host, 'gate')).toMatchObject({ exitCode: 0 });
    const [staged] = await host.deployments();
    const receipt = staged && (await receiptOf(host, staged));
    expect(receipt?.images).toMatchObject([
      { reference: agent.tagged, store: 'bootc', state: 'present' },
      { reference: app.tagged, store: 'bootc', state: 'pulled' },
      { reference: tool.pinned, store: 'podman', state: 'present' },
    ]);
  });

  test('status has the images of each store, and doctor both stores', async () => {
    expect(await run(host, 'status')).toMatchObject({
      exitCode: 0,
      report: {
        deployments: [
          {
            staged: true,
            images: [
              { reference: agent.tagged, store: 'bootc', state: 'present' },
              { reference: app.tagged, store: 'bootc', state: 'present' },
              { reference: tool.pinned, store: 'podman', state: 'present' },
            ],
          },
          { booted: true, images: [] },
        ],
      },
    });
    const { stdout } = await host.run(['bound-images', 'doctor', ...toBootc]);
    expect(stdout).toContain('overlay in /var/lib/containers/storage');
    expect(stdout).toContain(`for what bootc pulls, overlay in ${bootcStore}`);
  });

  test('an image that both bind is in both, and is one image to neither', async () => {
    // What is masked here is bound to bootc all the same.
    const masked = {
      ...bind('app', app.tagged),
      'usr/etc/bootc/bound-images.d/app.container': { link: '/dev/null' },
    };
    const own = { ...bind('both', both.tagged), ...dropIn('both', [both.tagged]) };
    await host.stage(await host.commit(binding(masked, own)));
    source.proxy.forget();
    expect(await runStage(host, ...toBootc)).toMatchObject({
      exitCode: 0,
      report: {
        images: [
          { reference: both.tagged, store: 'bootc', state: 'pulled' },
          { reference: both.tagged, store: 'podman', state: 'pulled' },
        ],
      },
    });
    // Each byte comes once all the same, and nothing of it stays.
    const traffic = blobTraffic(source.proxy.requests());
    expect(both.layers.map(({ digest }) => traffic.get(digest)?.requests)).toEqual(both.layers.map(() => 1));
    const status = await run(host, 'status');
    expect(status.report).toMatchObject({ keptParts: { layers: 0 } });
    expect(await namesInBootcStore(host)).toContain(both.tagged);
    expect(await storedNames(host)).toContain(both.tagged);
  });

  test('prune removes what is ours and nothing binds from each, and nothing else', async () => {
    const dry = await run(host, 'prune', '--dry-run');
    expect(dry).toMatchObject({ exitCode: 0, report: { dryRun: true } });
    // bootc has pulled the agent, and this machine's podman the app into its own store.
    const rows = [
      { store: 'bootc', names: [app.tagged], action: 'bound' },
      { store: 'bootc', names: [old.tagged], action: 'remove' },
      { store: 'bootc', names: [both.tagged], action: 'bound' },
      { store: 'podman', names: [both.tagged], action: 'bound' },
    ];
    expect(dry.report).toMatchObject({
      images: expect.arrayContaining(rows.map((row) => expect.objectContaining(row))),
    });
    expect(await run(host, 'prune')).toMatchObject({ exitCode: 0 });
    expect(await namesInBootcStore(host)).toEqual([agent.tagged, app.tagged, both.tagged]);
    expect(await storedNames(host)).toEqual([app.tagged, both.tagged].sort());
    expect(await upgradeAsBootc(host, [app.tagged, both.tagged])).toEqual({
      pulled: [],
      removed: [agent.tagged],
    });
  });

  test('a name under which bootc does not find its image is a finding, and bootc removes it', async () => {
    const name = `${agent.tagged}@${agent.digest}`;
    await host.stage(await host.commit(binding(bind('agent', name))));
    const staged = await runStage(host, ...toBootc);
    expect(staged.report).toMatchObject({
      state: 'staged',
      images: [{ reference: name, store: 'bootc', state: 'pulled' }],
      diagnostics: [{ rule: 'reference-tag-and-digest', severity: 'warning', entry: 'agent.container' }],
    });
    const upgrade = await upgradeAsBootc(host, [name]);
    expect(upgrade.pulled).toEqual([]);
    expect(upgrade.removed).toContain(agent.pinned);
    // Without the option it is what check says, and nothing else.
    const { report } = await runStage(host);
    expect(report).toMatchObject({ images: [{ store: 'podman' }], diagnostics: [] });
  });
});

test('what a coming OS binds is there for the upgrade to it, also where its label tells less', async () => {
  const host = await newHost();
  await host.runOk(['as-bootc', 'make']);
  const unit = 'usr/share/containers/systemd/app.container';
  const layer = tarOf(
    { name: 'usr/lib/os-release', content: 'ID=test\n' },
    { name: unit, content: `[Container]\nImage=${app.tagged}\n` },
    { name: 'usr/lib/bootc/bound-images.d/app.container', type: '2', link: `/${unit}` },
  );
  const labels = { 'io.bound-images.lock': `images = ["${app.tagged}"]` };
  const os = await source.pushSpec('os/next:1', { layers: [{ tar: layer }], labels });
  expect(await run(host, 'prefetch', '--os-image', os.tagged)).toMatchObject({
    exitCode: 0,
    report: {
      osImage: { readFrom: 'layers' },
      images: [{ reference: app.tagged, store: 'bootc', state: 'pulled' }],
    },
  });
  expect(await upgradeAsBootc(host, [app.tagged])).toEqual({ pulled: [], removed: [] });
  // Leased, as long as no deployment binds it.
  expect((await run(host, 'prune')).report).toMatchObject({
    images: [{ store: 'bootc', names: [app.tagged], action: 'leased' }],
  });
});

test('a store that bootc has not labelled is not touched on a host with SELinux', async () => {
  const host = await newHost();
  await host.runOk(['as-bootc', 'make']);
  await host.stage(await host.commit(binding(bind('app', app.tagged))));
  const script = `mkdir /tmp/cgroup && mount --rbind /sys/fs/cgroup /tmp/cgroup && mount -t tmpfs tmpfs /sys/fs
mkdir /sys/fs/cgroup /sys/fs/selinux && mount --rbind /tmp/cgroup /sys/fs/cgroup
touch /sys/fs/selinux/enforce && exec "$@"`;
  const command = ['bound-images', 'stage', ...toBootc];
  const ended = await host.run(['unshare', '--mount', 'sh', '-c', script, 'sh', ...command]);
  expect(ended).toMatchObject({ exitCode: 1 });
  expect(ended.stderr).toContain(`bootc has not labelled its store for SELinux yet, ${bootcStore}`);
  expect(await namesInBootcStore(host)).toEqual([]);
});

async function stagedRoot(host: OstreeHost): Promise<string | undefined> {
  return (await host.deployments())[0]?.root;
}
