import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeArchive, makeExtensionImage } from '../../contrib/package/system-extension.js';
import { type InstalledTree, movedTree } from '../../contrib/package/tree.js';
import { version } from '../../contrib/package/version.js';
import { dropIn } from '../support/entries.js';
import { execOk } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from '../support/image-source.js';
import { newOstreeHost, type OstreeHost } from '../support/ostree-host.js';
import { stateroot } from '../support/ostree-sysroot.js';
import { ostreeOf } from '../support/ostree-versions.js';
import { type Systemd, startSystemd, unitDirectory } from '../support/systemd.js';
import { ownUnits, unitTree } from '../support/systemd-units.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { newFreshRoot } from './support/fresh-root.js';
import { ownPlatform, released } from './support/released.js';
import { expectSameAgain } from './support/same-again.js';
import { testedTree } from './support/stand-in.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let app: SourceImage;
let tree: InstalledTree;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  // Where the systemd of the test looks for units.
  tree = movedTree(testedTree(released('executable'), version), ({ path }) =>
    path.replace(/^usr\/lib\/systemd\/system(?=\/)/, unitDirectory.slice(1)),
  );
});

/** The units of a host that knows nothing of bound-images. */
async function unitsOfHost() {
  const own = new Set(Object.keys(await ownUnits()).map((path) => `${unitDirectory}/${path}`.slice(1)));
  const units = await unitTree(unitDirectory, {
    'systemd-sysext.service': await readFile('/lib/systemd/system/systemd-sysext.service', 'utf8'),
    'sysinit.target.wants/systemd-sysext.service': { link: '../systemd-sysext.service' },
    'bound-images-gate.service.d/test.conf':
      '[Service]\nStandardOutput=append:/var/gate.log\nStandardError=append:/var/gate.log\n',
  });
  return Object.fromEntries(Object.entries(units).filter(([path]) => !own.has(path)));
}

/**
 * A host that has the extension at its boot. What the harness mounts below /usr would be hidden by systemd 252, so the
 * programs are elsewhere; and the program that is left without the extension fails.
 */
async function newExtendedHost(addExtension: (extensions: string) => Promise<void>) {
  const script = (text: string) => ({ text: `#!/bin/sh\n${text}\n`, mode: 0o755 });
  const host = await newOstreeHost(perTest, {
    tree: {
      ...(await unitsOfHost()),
      'usr/bin/bound-images': script('echo the extension is gone; exit 9'),
      'usr/bin/ostree': script('exec /var/ostree/ostree "$@"'),
      'usr/bin/systemctl': script('if [ -x /run/systemctl ]; then exec /run/systemctl "$@"; fi'),
      'usr/etc/bound-images/environment': '',
    },
  });
  await execOk('cp', ['-a', `${await ostreeOf('2026.4')}/.`, host.path('/var/ostree')]);
  await addExtension(host.path('/var/lib/extensions'));
  const environment = (await host.runOk(['env']))
    .split('\n')
    .filter((line) => /^(?:PODMAN|STORAGE)_/.test(line));
  await writeFile(host.path('/etc/bound-images/environment'), [...environment, ''].join('\n'));
  return { host, systemd: await startSystemd(perTest, host) };
}

async function stage(host: OstreeHost, systemd: Systemd): Promise<string> {
  const checksum = await host.commit(dropIn('app', [app.pinned]));
  await systemd.runOk(['ostree', 'admin', 'deploy', '--stage', `--os=${stateroot}`, checksum]);
  return checksum;
}

const forms = [
  {
    form: 'a directory',
    make: makeArchive,
    released: () => released('archive'),
    put: async (file: string, extensions: string) => {
      await mkdir(`${extensions}/bound-images`, { recursive: true });
      await execOk('tar', ['-xf', file, '-C', `${extensions}/bound-images`]);
    },
  },
  {
    form: 'one file',
    make: makeExtensionImage,
    released: () => released('extension'),
    put: async (file: string, extensions: string) => {
      await mkdir(extensions, { recursive: true });
      await cp(file, `${extensions}/bound-images.raw`);
    },
  },
];

describe.each(forms)('a system extension that is $form', ({ make, put, released: release }) => {
  test('brings the program and its units, and answers for the staged deployment at shutdown', async () => {
    const { host, systemd } = await newExtendedHost(async (extensions) =>
      put(await make(tree, ownPlatform, await tempDir(perTest)), extensions),
    );
    expect(await systemd.property('systemd-sysext.service', 'ActiveState')).toBe('active');
    expect(await systemd.runOk(['bound-images', '--version'])).toMatch(/^\d+\.\d+\.\d+/);
    expect(await host.run(['bound-images', '--version'])).toMatchObject({ exitCode: 9 });
    // systemd 252 does not look for new units by itself.
    await systemd.runOk(['systemctl', 'daemon-reload']);
    await systemd.runOk(['systemctl', 'enable', '--now', 'bound-images-gate.service']);
    expect(await systemd.property('bound-images-gate.service', 'FragmentPath')).toBe(
      `${unitDirectory}/bound-images-gate.service`,
    );

    const old = host.booted();
    await stage(host, systemd);
    await systemd.shutDown();
    expect(await readFile(host.path('/var/gate.log'), 'utf8')).toContain(`missing ${app.pinned}`);
    expect(await host.reboot()).toEqual(old);

    await host.runOk(['podman', 'pull', '--tls-verify=false', app.pinned]);
    const again = await startSystemd(perTest, host);
    const checksum = await stage(host, again);
    await again.shutDown();
    expect(await readFile(host.path('/var/gate.log'), 'utf8')).not.toContain('the extension is gone');
    expect(await host.reboot()).toMatchObject({ checksum });
  });

  test('is merged over a read-only /usr by systemd 257, used, and taken away', async () => {
    const root = await newFreshRoot(perTest, { usr: 'read-only' });
    await writeTree(root.path, dropIn('app', [app.pinned]));
    await put(release(), join(root.path, 'var/lib/extensions'));
    // There is no systemd that could be told to look for units.
    const merged = [
      'systemd-sysext merge --no-reload >&2',
      'bound-images --version',
      'bound-images check --quiet',
      'bound-images pull --quiet >&2',
      'podman image ls --quiet',
      'systemd-sysext unmerge --no-reload >&2',
      'test ! -e /usr/bin/bound-images',
    ].join(' && ');
    expect(await root.runOk(['systemd-sysext', '--version'])).toMatch(/^systemd 257/);
    expect(await root.run(['sh', '-c', merged])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n[0-9a-f]{12}\n$/),
    });
  });
});

test.each(forms)('an extension that is $form is the same when it is made again', async ({ make }) => {
  await expectSameAgain(perTest, make);
});
