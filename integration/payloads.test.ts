import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { idOf, receiptOf } from './support/deployments.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import type { DeployedRoot } from './support/ostree-sysroot.js';
import { resultOf } from './support/result-of.js';
import { runStage } from './support/run-stage.js';
import { startSystemd, unitDirectory } from './support/systemd.js';
import { unitTree } from './support/systemd-units.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const payloads = '/var/lib/bound-images/payloads';
const kernel = 'a kernel\n'.repeat(100_000);

let source: ImageSource;
/** By the version that its extension says. */
const images = new Map<string, SourceImage>();

beforeAll(async () => {
  source = await newImageSource(cleanup);
  for (const version of ['1', '2']) images.set(version, await pushAgent(version, 'ID=_any\n'));
});

async function pushAgent(version: string, release: string, tag = version): Promise<SourceImage> {
  return await source.pushSpec(`team/agent:${tag}`, {
    layers: [
      {
        seed: `agent ${tag}`,
        sizeBytes: 1024,
        files: {
          'ext/usr/lib/extension-release.d/extension-release.agent': release,
          'ext/usr/lib/agent/version': version,
          'boot/vmlinuz': kernel + version,
        },
      },
    ],
  });
}

const extension = { path: '/ext', as: 'extensions/agent' };
const vmlinuz = { path: '/boot/vmlinuz', as: 'kernel/vmlinuz' };

function agent(version: string): SourceImage {
  const image = images.get(version);
  if (image === undefined) throw new Error(`there is no agent ${version}`);
  return image;
}

/** A root that binds an image with these payloads. */
function binding(reference: string, taken: readonly Readonly<Record<string, string>>[]): Tree {
  const tables = taken.flatMap((keys) => [
    '[[image.payload]]',
    ...Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
  ]);
  const lines = ['[[image]]', `reference = "${reference}"`, 'tls-verify = false', ...tables, ''];
  return { 'usr/lib/bound-images.d/agent.toml': lines.join('\n') };
}

/** A host that has booted a root with the payloads of version 1. */
async function newHost(): Promise<OstreeHost> {
  const host = await newOstreeHost(perTest, { tree: {} });
  await updateTo(host, binding(agent('1').pinned, [extension, vmlinuz]));
  await host.finalize();
  await host.reboot();
  return host;
}

async function updateTo(host: OstreeHost, tree: Tree) {
  await host.stage(await host.commit(tree));
  const result = await runStage(host);
  expect({ exitCode: result.exitCode, stderr: result.stderr }).toMatchObject({ exitCode: 0 });
  return result;
}

const at = (host: OstreeHost, deployment: DeployedRoot, path: string) =>
  host.path(`${payloads}/${idOf(deployment)}/${path}`);

async function staged(host: OstreeHost): Promise<DeployedRoot> {
  const [first] = await host.deployments();
  if (first === undefined) throw new Error('there is no deployment');
  return first;
}

async function json(host: OstreeHost, ...argv: readonly string[]) {
  const result = await host.run(['bound-images', ...argv, '--format', 'json']);
  return { ...result, report: resultOf(result.stdout) };
}

test('an update boots with its extension, and a rollback with its own', async () => {
  const host = await newHost();
  const first = host.booted();
  const version = async () => {
    const linked = await json(host, 'link-payloads');
    expect(linked).toMatchObject({ exitCode: 0, report: { deployment: idOf(host.booted()) } });
    expect(readlinkSync(host.path('/run/bound-images/payloads'))).toBe(`${payloads}/${idOf(host.booted())}`);
    expect(readlinkSync(host.path('/run/extensions/agent'))).toBe(
      '/run/bound-images/payloads/extensions/agent',
    );
    // As systemd leaves it: what is merged in a namespace is seen by all.
    await host.runOk(['mount', '--make-rshared', '/']);
    await host.runOk(['systemd-sysext', 'merge']);
    const merged = await host.runOk(['cat', '/usr/lib/agent/version']);
    // It lies over programs of this host that the test needs.
    await host.runOk(['systemd-sysext', 'unmerge']);
    return merged;
  };
  expect(await version()).toBe('1');

  await updateTo(host, binding(agent('2').pinned, [extension, vmlinuz]));
  await host.finalize();
  await host.reboot();
  expect(host.booted().checksum).not.toBe(first.checksum);
  expect(await version()).toBe('2');

  await host.runOk(['ostree', 'admin', 'set-default', '1']);
  expect(await host.reboot()).toEqual(first);
  expect(await version()).toBe('1');
});

test('the unit links them when systemd starts', async () => {
  const tree = {
    ...(await unitTree(unitDirectory)),
    'usr/etc/systemd/system/sysinit.target.wants/bound-images-payloads.service': {
      link: `${unitDirectory}/bound-images-payloads.service`,
    },
  };
  const host = await newOstreeHost(perTest, { tree });
  await updateTo(host, { ...tree, ...binding(agent('1').pinned, [extension]) });
  await host.finalize();
  await host.reboot();
  const systemd = await startSystemd(perTest, host);
  expect(await systemd.property('bound-images-payloads.service', 'Result')).toBe('success');
  expect(await systemd.property('bound-images-payloads.service', 'ActiveState')).toBe('active');
  expect(readlinkSync(host.path('/run/extensions/agent'))).toBe(
    '/run/bound-images/payloads/extensions/agent',
  );

  // The services have the rights that it takes.
  const environment = (await host.runOk(['env']))
    .split('\n')
    .filter((line) => /^(?:PODMAN|STORAGE)_/.test(line));
  await host.runOk(['mkdir', '-p', '/etc/bound-images']);
  writeFileSync(host.path('/etc/bound-images/environment'), [...environment, ''].join('\n'));
  await host.stage(await host.commit({ ...tree, ...binding(agent('2').pinned, [extension, vmlinuz]) }));
  await systemd.runOk(['systemctl', 'start', 'bound-images-stage.service']);
  const deployment = await staged(host);
  await waitUntil('it is complete', async () =>
    (await receiptOf(host, deployment))?.state === 'staged' ? true : undefined,
  );
  expect(readFileSync(at(host, deployment, 'kernel/vmlinuz'), 'utf8')).toBe(`${kernel}2`);
  await systemd.shutDown();
});

test('at each boot systemd merges the extension of the deployment that boots', async () => {
  const sysext = 'systemd-sysext.service';
  const wants = 'usr/etc/systemd/system/sysinit.target.wants';
  const tree: Tree = {
    ...(await unitTree(unitDirectory)),
    // The unit of this machine's systemd, as it is.
    [`${unitDirectory.slice(1)}/${sysext}`]: readFileSync(`/usr/lib/systemd/system/${sysext}`, 'utf8'),
    [`${wants}/${sysext}`]: { link: `${unitDirectory}/${sysext}` },
    [`${wants}/bound-images-payloads.service`]: { link: `${unitDirectory}/bound-images-payloads.service` },
  };
  const host = await newOstreeHost(perTest, { tree });
  const update = async (version: string) => {
    await updateTo(host, { ...tree, ...binding(agent(version).pinned, [extension]) });
    await host.finalize();
    await host.reboot();
  };
  const merged = async () => {
    const systemd = await startSystemd(perTest, host);
    expect(await systemd.property(sysext, 'Result')).toBe('success');
    expect(await systemd.property(sysext, 'ActiveState')).toBe('active');
    const after = await systemd.property(sysext, 'After');
    expect(after.split(' ')).toContain('bound-images-payloads.service');
    const version = await systemd.runOk(['cat', '/usr/lib/agent/version']);
    await systemd.shutDown();
    return version;
  };
  await update('1');
  expect(await merged()).toBe('1');
  await update('2');
  expect(await merged()).toBe('2');
  await host.runOk(['ostree', 'admin', 'set-default', '1']);
  await host.reboot();
  expect(await merged()).toBe('1');
});

describe('a staged deployment', () => {
  test('has its payloads before it is released, and they are not taken twice', async () => {
    const host = await newHost();
    const { report } = await updateTo(host, binding(agent('2').pinned, [extension, vmlinuz]));
    const deployment = await staged(host);
    const reference = agent('2').pinned;
    expect(report).toMatchObject({
      state: 'staged',
      payloads: [
        { reference, path: '/ext', as: 'extensions/agent', state: 'taken', bytes: 9, error: null },
        { reference, path: '/boot/vmlinuz', as: 'kernel/vmlinuz', state: 'taken', bytes: 900_001 },
      ],
    });
    const file = at(host, deployment, 'kernel/vmlinuz');
    expect(readFileSync(file, 'utf8')).toBe(`${kernel}2`);
    const { ino } = statSync(file);
    expect(await receiptOf(host, deployment)).toMatchObject({
      payloads: [{ as: 'extensions/agent', state: 'taken' }, { as: 'kernel/vmlinuz' }],
    });
    const record = JSON.parse(readFileSync(host.path(`${payloads}/${idOf(deployment)}.json`), 'utf8'));
    const digest = `sha256:${createHash('sha256').update(`${kernel}2`).digest('hex')}`;
    expect(record.payloads[1]).toMatchObject({ files: [{ path: '', size: 900_001, mode: 0o644, digest }] });

    const again = await runStage(host, '--root', deployment.root);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(statSync(file).ino).toBe(ino);
    expect(await json(host, 'status')).toMatchObject({
      report: {
        deployments: [
          { payloads: [{ as: 'extensions/agent', state: 'present' }, { state: 'present' }] },
          { payloads: [{ state: 'present' }, { state: 'present' }] },
          {},
        ],
      },
    });
  });

  test.each<{
    name: string;
    payload: Readonly<Record<string, string>>;
    release?: string;
    code: string;
    message: RegExp;
  }>([
    {
      name: 'a file is not in its image',
      payload: { path: '/boot/absent', as: 'kernel/absent' },
      code: 'not-in-image',
      message: /there is no \/boot\/absent in the image/,
    },
    {
      name: 'a file is too large',
      payload: { ...vmlinuz, 'max-size': '100 KiB' },
      code: 'oversized',
      message: /larger than/,
    },
    {
      name: 'a file is another one than is wanted',
      payload: { ...vmlinuz, digest: `sha256:${'0'.repeat(64)}` },
      code: 'corrupt',
      message: /not the file that is wanted/,
    },
    {
      name: 'an extension is for another OS',
      payload: extension,
      release: 'ID=other\nVERSION_ID=1\n',
      code: 'extension-unfit',
      message: /the system extension agent is for the OS other/,
    },
  ])('is held where $name, with a receipt that says so', async ({ payload, release, code, message }) => {
    const host = await newHost();
    const before = host.booted();
    const image = release === undefined ? agent('2') : await pushAgent('2', release, `unfit-${code}`);
    const checksum = await host.commit(binding(image.pinned, [payload]));
    await host.stage(checksum);
    const { exitCode, report } = await runStage(host);
    expect(exitCode).toBe(1);
    const error = { code, message: expect.stringMatching(message) };
    expect(report).toMatchObject({
      state: 'failed',
      finalizationLock: 'ours',
      images: [{ error: null }],
      payloads: [{ reference: image.pinned, as: payload.as, state: 'failed', error }],
    });
    const deployment = await staged(host);
    expect(await receiptOf(host, deployment)).toMatchObject({ state: 'failed', payloads: [{ error }] });
    expect(existsSync(at(host, deployment, payload.as ?? ''))).toBe(false);
    expect(await json(host, 'gate')).toMatchObject({ exitCode: 1 });
    await host.finalize();
    expect(await host.reboot()).toEqual(before);

    // Somebody says that it may boot without.
    await host.stage(checksum);
    const accepted = ['--accept-missing', image.pinned, '--reason', 'the test can do without'];
    expect(await runStage(host, ...accepted)).toMatchObject({ exitCode: 0, report: { state: 'staged' } });
    expect(await json(host, 'gate')).toMatchObject({ exitCode: 0 });
  });

  test.each<{ name: string; change: (file: string) => unknown; problem: RegExp }>([
    { name: 'missing', change: (file) => rm(file), problem: /is missing/ },
    { name: 'cut', change: (file) => writeFileSync(file, 'a'), problem: /has 1 bytes/ },
    {
      name: 'changed',
      change: (file) => writeFileSync(file, `${kernel}2`.toUpperCase()),
      problem: /other content/,
    },
    { name: 'of another mode', change: (file) => chmod(file, 0o755), problem: /has the mode 0755/ },
  ])('is held by the gate where a payload is $name, offline', async ({ change, problem }) => {
    const host = await newHost();
    await updateTo(host, binding(agent('2').pinned, [vmlinuz]));
    await change(at(host, await staged(host), 'kernel/vmlinuz'));
    const gate = ['unshare', '--net', 'bound-images', 'gate', '--hold', '--format', 'json'];
    const { exitCode, stdout } = await host.run(gate);
    expect(exitCode).toBe(1);
    expect(resultOf(stdout)).toMatchObject({
      finalizationLock: 'ours',
      images: [{ state: 'present' }],
      payloads: [{ state: 'missing', problem: expect.stringMatching(problem) }],
    });
    expect((await runStage(host)).report).toMatchObject({ state: 'staged', payloads: [{ state: 'taken' }] });
  });
});

test('where there is no room for all payloads none is written, and once there is they are taken', async () => {
  const host = await newHost();
  const before = host.booted();
  const small = { ...vmlinuz, as: 'kernel/0' };
  await host.runOk(['mount', '-t', 'tmpfs', '-o', 'size=5m', 'tmpfs', payloads]);
  const update = async (taken: readonly Readonly<Record<string, string>>[]) => {
    await host.stage(await host.commit(binding(agent('2').pinned, taken)));
    return await staged(host);
  };
  const many = [small, ...[1, 2, 3].map((at) => ({ ...vmlinuz, as: `kernel/${at}` }))];
  const deployment = await update(many);
  const { exitCode, report } = await runStage(host, '--min-free', '2M');
  expect(exitCode).toBe(1);
  const message = expect.stringMatching(
    /^not enough space: .* are missing in \/var\/lib\/bound-images\/payloads\/\S+: about 3\.6 MB needed, .* to be left free$/,
  );
  expect(report).toMatchObject({
    state: 'failed',
    finalizationLock: 'ours',
    images: [{ error: null }],
    payloads: many.map(({ as }) => ({ as, state: 'failed', error: { code: 'no-space', message } })),
  });
  expect(readdirSync(host.path(`${payloads}/${idOf(deployment)}`))).toEqual([]);
  await host.finalize();
  expect(await host.reboot()).toEqual(before);

  await host.runOk(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', payloads]);
  await update(many);
  expect((await runStage(host, '--min-free', '2M')).report).toMatchObject({
    state: 'staged',
    payloads: many.map(() => ({ state: 'taken' })),
  });
});

test('pull takes the payloads of a deployment under its ID, and of any other root none', async () => {
  const host = await newOstreeHost(perTest, { tree: {} });
  const checksum = await host.commit(binding(agent('2').pinned, [vmlinuz]));
  const deployment = await host.stage(checksum, { locked: true });
  expect(await json(host, 'pull', '--root', deployment.root)).toMatchObject({
    exitCode: 0,
    report: { payloads: [{ as: 'kernel/vmlinuz', state: 'taken' }] },
  });
  expect(existsSync(at(host, deployment, 'kernel/vmlinuz'))).toBe(true);
  await host.runOk(['cp', '-a', deployment.root, '/var/tree']);
  expect(await json(host, 'pull', '--root', '/var/tree')).toMatchObject({
    exitCode: 0,
    report: { payloads: [] },
    stderr: expect.stringContaining('its payloads are not taken'),
  });
  expect(readdirSync(host.path(payloads)).sort()).toEqual([idOf(deployment), `${idOf(deployment)}.json`]);
});

test('prune removes the payloads of deployments that are gone, and nothing else', async () => {
  const host = await newHost();
  const first = host.booted();
  await updateTo(host, binding(agent('2').pinned, [vmlinuz]));
  const second = await staged(host);
  await host.runOk(['ostree', 'admin', 'undeploy', '0']);
  await host.runOk(['mkdir', `${payloads}/foreign`]);
  const pruned = await json(host, 'prune');
  expect(pruned).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(`${payloads}/foreign belongs to no deployment`),
    report: {
      payloads: expect.arrayContaining([
        expect.objectContaining({ deployment: idOf(first), action: 'keep', done: false }),
        expect.objectContaining({ deployment: idOf(second), action: 'remove', bytes: 900_001, done: true }),
      ]),
    },
  });
  expect(readdirSync(host.path(payloads)).sort()).toEqual(
    ['foreign', idOf(first), `${idOf(first)}.json`].sort(),
  );
});

test('a run that is killed between two files leaves nothing half, and the next one completes', async () => {
  const host = await newHost();
  const names = Array.from({ length: 40 }, (_, index) => ({ ...vmlinuz, as: `kernel/${index}` }));
  await host.stage(await host.commit(binding(agent('2').pinned, names)));
  const deployment = await staged(host);
  const there = () => {
    const directory = at(host, deployment, 'kernel');
    return existsSync(directory) ? readdirSync(directory) : [];
  };
  const killed = host.start(['bound-images', 'stage']);
  await waitUntil('some payloads are there', async () => there().length > 2 || undefined);
  killed.kill('SIGKILL');
  await killed.finished;
  const whole = `${kernel}2`;
  for (const name of there().filter((each) => !each.startsWith('.')))
    expect(readFileSync(at(host, deployment, `kernel/${name}`), 'utf8') === whole).toBe(true);
  expect(await json(host, 'gate')).toMatchObject({ exitCode: 1 });
  expect((await runStage(host)).report).toMatchObject({ state: 'staged' });
  expect(there().sort()).toEqual(names.map((_, index) => `${index}`).sort());
});
