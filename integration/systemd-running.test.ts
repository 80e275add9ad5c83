import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropIn } from './support/entries.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import { stateroot } from './support/ostree-sysroot.js';
import { type Systemd, startSystemd, unitDirectory } from './support/systemd.js';
import { ownPresets, unitTree, uupdDropIn } from './support/systemd-units.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

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
beforeEach(() => source.proxy.accept());
afterEach(() => source.proxy.throttle(undefined));

const restartSoon = '[Service]\nRestartSec=300ms\n';

/** Waits short enough for a test, and output where the test can read it: there is no journal. */
const unitsForTests: Tree = {
  ...Object.fromEntries(
    ['bound-images-stage', 'bootc-fetch-apply-updates', 'rpm-ostreed-automatic', 'uupd'].map((unit) => [
      `${unit}.service.d/test.conf`,
      restartSoon,
    ]),
  ),
  'bound-images-gate.service.d/test.conf':
    '[Service]\nStandardOutput=append:/var/gate.log\nStandardError=append:/var/gate.log\n',
};

interface RunningHost {
  readonly host: OstreeHost;
  readonly systemd: Systemd;
  /** Stages a root that binds the image, by a libostree that talks to the real systemd. */
  readonly stage: (reference: string, tree?: Tree) => Promise<string>;
}

/** A host that systemd runs, with these units enabled and started. */
async function newRunningHost(units: readonly string[], tree: Tree = {}): Promise<RunningHost> {
  const host = await newOstreeHost(perTest, {
    tree: {
      ...(await unitTree(unitDirectory, unitsForTests)),
      // A host without /etc/machine-id enables at its first boot what presets do not rule out.
      ...Object.fromEntries(
        Object.entries(await ownPresets()).map(([name, text]) => [
          `usr/lib/systemd/system-preset/${name}`,
          text,
        ]),
      ),
      'usr/etc/bound-images/environment': '',
      ...tree,
    },
  });
  // Of what every program of the host has in its environment, this is what podman needs here.
  const environment = (await host.runOk(['env']))
    .split('\n')
    .filter((line) => /^(?:PODMAN|STORAGE)_/.test(line));
  await writeFile(
    host.path('/etc/bound-images/environment'),
    [...environment, 'BOUND_IMAGES_RETRIES=0', ''].join('\n'),
  );
  const systemd = await startSystemd(perTest, host);
  if (units.length > 0) await systemd.runOk(['systemctl', 'enable', '--now', ...units]);
  return {
    host,
    systemd,
    stage: async (reference, more = {}) => {
      const checksum = await host.commit({ ...dropIn('app', [reference]), ...more });
      await systemd.runOk(['ostree', 'admin', 'deploy', '--stage', `--os=${stateroot}`, checksum]);
      return checksum;
    },
  };
}

test('the first boot enables what the presets say', async () => {
  const { systemd } = await newRunningHost([]);
  const isEnabled = (unit: string) =>
    systemd.runOk(['sh', '-c', 'systemctl is-enabled "$1" || :', 'sh', unit]);
  expect(await isEnabled('bound-images-gate.service')).toBe('enabled\n');
  expect(await isEnabled('bound-images-prune.timer')).toBe('enabled\n');
  expect(await isEnabled('bound-images-stage.path')).toBe('disabled\n');
});

/** Where a process listens, as `ADDRESS:PORT`. */
async function portsOf(systemd: Systemd, pid: string): Promise<readonly string[]> {
  const links = await systemd.runOk(['find', `/proc/${pid}/fd`, '-printf', '%l\n']);
  const sockets = new Set([...links.matchAll(/^socket:\[(\d+)\]$/gm)].map(([, inode]) => inode));
  const table = await systemd.runOk(['cat', `/proc/${pid}/net/tcp`]);
  // proc_pid_net(5): the local address and port in hexadecimal, the state (0A listens) as field 4, the inode as field 10.
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode))
    .map(([, local = '']) => {
      const bytes = Buffer.from(local.slice(0, 8), 'hex').reverse();
      return `${bytes.join('.')}:${Number.parseInt(local.slice(9), 16)}`;
    });
}

const started = (systemd: Systemd) =>
  systemd.property('bound-images-stage.service', 'ExecMainStartTimestampMonotonic');

describe('a host that watches for staged deployments', () => {
  test('tries again after exit status 75 until every image is there, then releases the deployment', async () => {
    const { host, systemd, stage } = await newRunningHost([
      'bound-images-gate.service',
      'bound-images-stage.path',
    ]);
    const unit = 'bound-images-stage.service';
    await source.proxy.refuse();
    const checksum = await stage(app.pinned);
    await waitUntil('the service was started again', async () => {
      // Each look is a process or two.
      await sleep(250);
      return Number(await systemd.property(unit, 'NRestarts')) >= 1;
    });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'finalization locked' });

    await source.proxy.accept();
    await waitUntil('the service has ended', async () => {
      await sleep(250);
      return (await systemd.property(unit, 'ActiveState')) === 'inactive';
    });
    expect(await systemd.property(unit, 'Result')).toBe('success');
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });

    // It has locked and unlocked the deployment, which is what the path unit watches.
    const last = await started(systemd);
    await sleep(1000);
    expect(await started(systemd)).toBe(last);

    await systemd.shutDown();
    await source.proxy.refuse();
    expect(await host.reboot()).toMatchObject({ checksum });
    await host.runOk(['podman', 'image', 'exists', app.pinned]);
  });

  test('pulls from where the registries.conf of the next boot says', async () => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-stage.path']);
    const unit = 'bound-images-stage.service';
    const name = `registry.example.com/team/app@${app.digest}`;
    const table = `[[registry]]\nprefix = "registry.example.com"\nlocation = "${source.proxy.host}"\n`;
    source.proxy.forget();
    source.proxy.throttle(20_000);
    const checksum = await stage(name, { 'usr/etc/containers/registries.conf': `${table}insecure = true\n` });
    await waitUntil('a layer is on its way', () =>
      source.proxy.requests().some(({ digest, bytesSent }) => digest !== undefined && bytesSent > 5_000),
    );
    const ports = await portsOf(systemd, await systemd.property(unit, 'MainPID'));
    source.proxy.throttle(undefined);
    // Of loopback, and no other user of the host can take it when the service is killed.
    expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:[5-9]\d\d$|^127\.0\.0\.1:10[01]\d$/)]);
    await waitUntil('the service has ended', async () => {
      await sleep(250);
      return (await started(systemd)) !== '0' && (await systemd.property(unit, 'ActiveState')) === 'inactive';
    });
    expect(await systemd.property(unit, 'Result')).toBe('success');
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    await host.runOk(['podman', 'image', 'exists', name]);
  });

  test('does not try again after exit status 1, but does when another deployment is staged', async () => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-stage.path']);
    const unit = 'bound-images-stage.service';
    await stage(app.pinned.replace(/@.*/, ':none'));
    await waitUntil('the service has failed', async () => {
      await sleep(250);
      return (await systemd.property(unit, 'ActiveState')) === 'failed';
    });
    expect(await systemd.property(unit, 'ExecMainStatus')).toBe('1');
    expect((await host.deployments())[0]).toMatchObject({ note: 'finalization locked' });
    expect(await systemd.property(unit, 'NRestarts')).toBe('0');

    const checksum = await stage(app.pinned);
    await waitUntil('the service has ended', async () => {
      await sleep(250);
      return (await systemd.property(unit, 'ActiveState')) === 'inactive';
    });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
  });
});

test('what systemd starts is in the boot of its host', async () => {
  const { host, systemd } = await newRunningHost([]);
  const bootId = ['cat', '/proc/sys/kernel/random/boot_id'];
  expect(await systemd.runOk(bootId)).toBe(await host.runOk(bootId));
});

describe('the gate', () => {
  test.each<{ name: string; isPulled: boolean; environment: string; said: RegExp }>([
    { name: 'an image is missing', isPulled: false, environment: '', said: /missing/ },
    {
      name: 'it cannot answer',
      isPulled: true,
      environment: 'BOUND_IMAGES_FORMAT=none\n',
      said: /BOUND_IMAGES_FORMAT/,
    },
  ])('keeps the old deployment at a shutdown when $name', async ({ isPulled, environment, said }) => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-gate.service']);
    const old = host.booted();
    if (isPulled) await host.runOk(['podman', 'pull', '--tls-verify=false', app.pinned]);
    await writeFile(host.path('/etc/bound-images/environment'), environment, { flag: 'a' });
    await stage(app.pinned);
    expect((await host.deployments())[0]).toMatchObject({ note: 'staged' });
    await systemd.shutDown();
    expect(await readFile(host.path('/var/gate.log'), 'utf8')).toMatch(said);
    expect(await host.reboot()).toEqual(old);
  });

  test('lets a deployment pass whose images are there', async () => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-gate.service']);
    await host.runOk(['podman', 'pull', '--tls-verify=false', app.pinned]);
    const checksum = await stage(app.pinned);
    await systemd.shutDown();
    expect(await host.reboot()).toMatchObject({ checksum });
  });

  test('lets a deployment pass that lacks what was accepted to be missing, and no other', async () => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-gate.service']);
    const gone = app.pinned.replace(/@.*/, ':none');
    const acceptMissing = (reference: string) => [
      ...['bound-images', 'stage', '--accept-missing', reference],
      ...['--reason', 'the registry is gone for good'],
    ];
    const bindsBoth = dropIn('more', [gone]);
    const checksum = await stage(app.pinned, bindsBoth);
    expect(await host.run(acceptMissing(app.pinned))).toMatchObject({ exitCode: 1 });
    expect((await host.deployments())[0]).toMatchObject({ note: 'finalization locked' });
    expect(await host.run(acceptMissing(`${gone}x`))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`did you mean “${gone}”?`),
    });
    expect(await host.run(acceptMissing(gone))).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('complete but for 1 image accepted as missing'),
    });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    expect(await host.runOk(['bound-images', 'status'])).toContain('the registry is gone for good');
    // Another deployment that binds the same, and then this one again.
    await stage(app.pinned, { ...bindsBoth, 'usr/lib/other': '' });
    expect(await host.run(['bound-images', 'gate'])).toMatchObject({ exitCode: 1 });
    await systemd.runOk(['ostree', 'admin', 'deploy', '--stage', `--os=${stateroot}`, checksum]);
    await systemd.shutDown();
    expect(await readFile(host.path('/var/gate.log'), 'utf8')).toMatch(
      /^\S+:none is missing, which was accepted at \S+: the registry is gone for good$/m,
    );
    expect(await host.reboot()).toMatchObject({ checksum });
  });

  test('comes before a finalization without a shutdown', async () => {
    const { host, systemd, stage } = await newRunningHost(['bound-images-gate.service']);
    await stage(app.pinned);
    await systemd.runOk(['systemctl', 'stop', 'ostree-finalize-staged.service']);
    expect((await host.deployments())[0]).toMatchObject({ note: 'finalization locked' });
  });
});

/** The two commands of an updater that its unit runs, for a root whose checksum is in /run/next. */
const updater = (download: string, apply: string) => ({
  text: `#!/bin/sh
case $* in
  ${download}) exec ostree admin deploy --stage --lock-finalization --os=${stateroot} "$(cat /run/next)" ;;
  ${apply}) exec ostree admin lock-finalization --unlock ;;
esac
exit 64
`,
  mode: 0o755,
});

describe.each<{ unit: string; tree: Tree }>([
  {
    unit: 'bootc-fetch-apply-updates.service',
    tree: {
      'usr/bin/bootc': updater(
        "'upgrade --download-only --quiet'",
        "'upgrade --from-downloaded --apply --quiet'",
      ),
    },
  },
  {
    unit: 'rpm-ostreed-automatic.service',
    tree: { 'usr/bin/rpm-ostree': updater("'upgrade --quiet --lock-finalization'", 'none') },
  },
  {
    unit: 'uupd.service',
    tree: {
      'usr/bin/bootc': updater("'upgrade --download-only --quiet'", "'upgrade --quiet --progress-fd 3'"),
      'usr/bin/uupd': { text: '#!/bin/sh\nexec bootc upgrade --quiet --progress-fd 3\n', mode: 0o755 },
      [`${unitDirectory.slice(1)}/uupd.service.d/bound-images.conf`]: await uupdDropIn(),
    },
  },
])('$unit with its drop-in', ({ unit, tree }) => {
  test('keeps an update locked until its images are there', async () => {
    const { host, systemd } = await newRunningHost(['bound-images-gate.service'], tree);
    const checksum = await host.commit({ ...dropIn('app', [app.pinned]), ...tree });
    await writeFile(host.path('/run/next'), checksum);
    await source.proxy.refuse();
    await systemd.runOk(['systemctl', 'start', '--no-block', unit]);
    await waitUntil('the update was tried three times', async () => {
      await sleep(250);
      return Number(await systemd.property(unit, 'NRestarts')) >= 1;
    });
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'finalization locked' });

    await source.proxy.accept();
    await waitUntil('the update has ended', async () => {
      await sleep(250);
      return (await systemd.property(unit, 'ActiveState')) === 'inactive';
    });
    expect(await systemd.property(unit, 'Result')).toBe('success');
    expect((await host.deployments())[0]).toMatchObject({ checksum, note: 'staged' });
    await systemd.shutDown();
    expect(await host.reboot()).toMatchObject({ checksum });
  });
});
