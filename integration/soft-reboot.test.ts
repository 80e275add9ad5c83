import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { dropIn } from './support/entries.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { softRebootingSystemd } from './support/newer-systemd.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { stateroot } from './support/ostree-sysroot.js';
import { type Systemd, startSystemd, unitDirectory } from './support/systemd.js';
import { softRebootUnits, unitTree } from './support/systemd-units.js';
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

/** libostree soft reboots only into what is mounted by composefs. */
const composefs: Tree = { 'usr/lib/ostree/prepare-root.conf': '[composefs]\nenabled=yes\n' };

const binding = (name: string): Tree => ({
  ...composefs,
  ...dropIn('app', [app.pinned]),
  'usr/lib/root-name': name,
});

/** Stages a root that binds the image. */
async function stageNext(host: OstreeHost): Promise<string> {
  const checksum = await host.commit(binding('next'));
  await host.stage(checksum);
  return checksum;
}

const prepare = ['ostree', 'admin', 'prepare-soft-reboot', '0'];
const isPrepared = async (host: OstreeHost) => {
  const mounts = await host.runOk(['cat', '/proc/1/mountinfo']);
  return mounts.includes(' /run/nextroot ');
};
const statusOf = async (host: OstreeHost) =>
  JSON.parse(await host.runOk(['bound-images', 'status', '--format', 'json'])).deployments[0];

describe('a deployment that is prepared for a soft reboot', () => {
  test('is prepared although it is locked, and no longer once the gate has found an image missing', async () => {
    const host = await newOstreeHost(perTest, { tree: composefs });
    const checksum = await stageNext(host);
    await host.runOk(['ostree', 'admin', 'lock-finalization']);
    await host.runOk(prepare);
    expect(await isPrepared(host)).toBe(true);
    expect(await statusOf(host)).toMatchObject({ softReboot: true, finalizationLock: 'theirs' });
    expect(await host.runOk(['bound-images', 'status'])).toMatch(
      /staged, prepared for a soft reboot, held by/,
    );

    // Without --hold it is a question.
    expect(await host.run(['bound-images', 'gate'])).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('the next soft reboot boots it'),
    });
    expect(await isPrepared(host)).toBe(true);

    const { exitCode, stdout, stderr } = await host.run([
      ...['bound-images', 'gate', '--hold', '--format', 'json'],
    ]);
    expect({ exitCode, report: JSON.parse(stdout) }).toMatchObject({
      exitCode: 1,
      report: { finalizationLock: 'theirs', softReboot: 'cleared' },
    });
    expect(stderr).toMatch(/was prepared for a soft reboot, and is no longer/);
    expect(await isPrepared(host)).toBe(false);
    expect(await statusOf(host)).toMatchObject({ softReboot: false });
    expect((await host.deployments())[0]).toMatchObject({ checksum });
  });

  test('is cleared also where a process works in what is mounted, and from a mount namespace of a service', async () => {
    const host = await newOstreeHost(perTest, { tree: composefs });
    await stageNext(host);
    await host.runOk(prepare);
    const script = 'cd /run/nextroot/usr && bound-images gate --hold';
    expect(await host.run(['sh', '-c', script])).toMatchObject({ exitCode: 1 });
    expect(await isPrepared(host)).toBe(false);

    await host.runOk(prepare);
    const own = ['unshare', '--mount', '--propagation', 'slave'];
    expect(await host.run([...own, 'bound-images', 'gate', '--hold'])).toMatchObject({ exitCode: 1 });
    expect(await isPrepared(host)).toBe(false);
  });

  test('stays so where every image is there, and so does the rollback', async () => {
    const host = await newOstreeHost(perTest, { tree: binding('first') });
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', app.pinned]);
    await stageNext(host);
    await host.runOk(prepare);
    expect(await host.run(['bound-images', 'stage', '--quiet'])).toMatchObject({ exitCode: 0 });
    expect(await host.run(['bound-images', 'gate', '--hold'])).toMatchObject({ exitCode: 0 });
    expect(await isPrepared(host)).toBe(true);

    await host.finalize();
    await host.reboot();
    await host.runOk(['ostree', 'admin', 'prepare-soft-reboot', '1']);
    const gate = ['bound-images', 'gate', '--hold', '--format', 'json'];
    expect(JSON.parse((await host.run(gate)).stdout)).toMatchObject({ softReboot: 'prepared' });
    await host.runOk(['podman', 'image', 'rm', app.pinned]);
    const { exitCode, stdout } = await host.run(gate);
    expect({ exitCode, report: JSON.parse(stdout) }).toMatchObject({
      exitCode: 1,
      report: { softReboot: 'cleared', finalizationLock: null },
    });
    expect(await isPrepared(host)).toBe(false);

    // While it is prepared, it is what stage completes.
    await host.runOk(['ostree', 'admin', 'prepare-soft-reboot', '1']);
    expect(await host.run(['bound-images', 'stage', '--quiet'])).toMatchObject({ exitCode: 0 });
    expect(await isPrepared(host)).toBe(false);
    await host.runOk(['podman', 'image', 'exists', app.pinned]);
  });

  test('is cleared by stage before it pulls, and can be prepared again afterwards', async () => {
    const host = await newOstreeHost(perTest, { tree: composefs });
    await stageNext(host);
    await host.runOk(prepare);
    const { exitCode, stderr } = await host.run(['bound-images', 'stage', '--quiet']);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/was prepared for a soft reboot, and is no longer/);
    expect(await isPrepared(host)).toBe(false);
    await host.runOk(prepare);
    expect(await host.run(['bound-images', 'gate', '--hold'])).toMatchObject({ exitCode: 0 });
    expect(await isPrepared(host)).toBe(true);
  });
});

/** What an initramfs and the mounts of a host would have made of the next root: programs, /var and /tmp. */
const FURNISH = `set -e
next=/run/nextroot
mount -t overlay -o "lowerdir=$next/usr:/usr" overlay "$next/usr"
awk '$5 ~ "^/usr/" { print $5 }' /proc/self/mountinfo | while read -r at; do
  mount --bind "$at" "$next$at"
done
mount --bind /var "$next/var"
mount -t tmpfs tmpfs "$next/tmp"`;

describe('a soft reboot', () => {
  interface Running {
    readonly host: OstreeHost;
    readonly systemd: Systemd;
    /** The name of the root that systemd runs from. */
    readonly rootName: () => Promise<string>;
  }

  /** A host with the gate, on which the next deployment is prepared. */
  async function newPreparedHost({ isPulled = false, environment = '' } = {}): Promise<Running> {
    const usr = await softRebootingSystemd();
    const units = await unitTree(
      unitDirectory,
      {
        // What systemd was told to start is not said again to the next one.
        'default.target': '[Unit]\nRequires=multi-user.target\nAfter=multi-user.target\nAllowIsolate=yes\n',
        'bound-images-gate.service.d/test.conf':
          '[Service]\nStandardOutput=append:/var/gate.log\nStandardError=append:/var/gate.log\n',
      },
      { ...(usr && { usr }), more: softRebootUnits },
    );
    const tree = { ...units, 'usr/etc/bound-images/environment': '' };
    const host = await newOstreeHost(perTest, { tree: { ...binding('first'), ...tree }, usr });
    const podmans = (await host.runOk(['env']))
      .split('\n')
      .filter((line) => /^(?:PODMAN|STORAGE)_/.test(line));
    await writeFile(host.path('/etc/bound-images/environment'), [...podmans, environment, ''].join('\n'));
    if (isPulled) await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', app.pinned]);
    const systemd = await startSystemd(perTest, host, usr);
    await systemd.runOk(['systemctl', 'enable', '--now', 'bound-images-gate.service']);
    const checksum = await host.commit({ ...binding('next'), ...tree });
    const deploy = ['ostree', 'admin', 'deploy', '--stage', '--lock-finalization', `--os=${stateroot}`];
    await systemd.runOk([...deploy, checksum]);
    await systemd.runOk(prepare);
    await systemd.runOk(['sh', '-c', FURNISH]);
    return { host, systemd, rootName: () => systemd.runOk(['cat', '/usr/lib/root-name']) };
  }
  const gateLog = (host: OstreeHost) => readFile(host.path('/var/gate.log'), 'utf8');

  test('boots the next deployment, locked or not, where every image is there', async () => {
    const { host, systemd, rootName } = await newPreparedHost({ isPulled: true });
    expect(await rootName()).toBe('first');
    await systemd.softReboot();
    expect(await gateLog(host)).toMatch(/: 1 of 1 bound image present; it is held/);
    expect(await rootName()).toBe('next');
    // What is locked is not finalized: nothing of the /etc of before has come along.
    expect(await systemd.runOk(['cat', '/etc/bound-images/environment'])).toBe('');
  });

  test.each([
    { name: 'an image is missing', environment: '', said: /prepared for a soft reboot, and is no longer/ },
    {
      name: 'the gate cannot answer',
      environment: 'BOUND_IMAGES_FORMAT=none',
      said: /BOUND_IMAGES_FORMAT/,
    },
  ])('comes back in the current deployment where $name', async ({ environment, said }) => {
    const { host, systemd, rootName } = await newPreparedHost({ environment });
    await systemd.softReboot();
    expect(await rootName()).toBe('first');
    expect(await gateLog(host)).toMatch(said);
  });
});
