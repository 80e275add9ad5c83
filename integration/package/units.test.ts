import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeArchive } from '../../contrib/package/system-extension.js';
import { exec, execOk } from '../support/exec.js';
import { writeTree } from '../support/host.js';
import { ownUnits, unitTree, upstreamUnits } from '../support/systemd-units.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { type FreshRoot, newFreshRoot } from './support/fresh-root.js';
import { nextTree } from './support/stand-in.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

/** Units of systemd and other projects, without ours; and the programs that they start. */
async function others(directory: string) {
  const own = new Set(Object.keys(await ownUnits()).map((path) => `${directory}/${path}`));
  const units = Object.entries(await unitTree(directory)).filter(([path]) => !own.has(path));
  const programs = ['bootc', 'rpm-ostree', 'ostree', 'uupd'].map(
    (name) => [`usr/bin/${name}`, { text: '', mode: 0o755 }] as const,
  );
  return Object.fromEntries([...units, ...programs]);
}

const toVerify = [
  ...[
    'bound-images-gate.service',
    'bound-images-payloads.service',
    'bound-images-prune.service',
    'bound-images-prune.timer',
  ],
  ...['bound-images-stage.path', 'bound-images-stage.service', ...Object.keys(upstreamUnits)],
];
/** The growing waits came with systemd 254; before, a warning says that the keys for them are ignored. */
const ignoredBefore254 = /: Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)' in section /;
const complaints = (stderr: string) =>
  stderr.split('\n').filter((line) => line !== '' && !ignoredBefore254.test(line));

describe.each([
  { prefix: '/usr', at: 'usr/lib/systemd/system' },
  { prefix: '/usr/local', at: 'etc/systemd/system' },
  { prefix: '/opt/bound-images', at: 'etc/systemd/system' },
])('units for a program below $prefix', ({ prefix, at }) => {
  let archive: string;
  beforeAll(async () => {
    archive = await makeArchive(await nextTree(cleanup), 'x64', await tempDir(cleanup));
  });
  const install = (root: string) =>
    execOk('sh', ['contrib/install.sh', '--root', root, '--prefix', prefix, archive]);

  test('are what the systemd of this machine wants', async () => {
    const root = await tempDir(cleanup);
    await writeTree(root, {
      ...(await others('usr/lib/systemd/system')),
      'usr/bin/sh': { text: '', mode: 0o755 },
      bin: { link: 'usr/bin' },
    });
    await install(root);
    const { exitCode, stderr } = await exec('systemd-analyze', [
      'verify',
      `--root=${root}`,
      '--man=no',
      ...toVerify,
    ]);
    expect({ exitCode, said: complaints(stderr) }).toEqual({ exitCode: 0, said: [] });
  });

  test('are what systemd 257 wants', async () => {
    const root: FreshRoot = await newFreshRoot(cleanup);
    await writeTree(root.path, await others('usr/lib/systemd/system'));
    await install(root.path);
    expect(await root.runOk(['systemctl', '--version'])).toMatch(/^systemd 257/);
    const files = toVerify.map((unit) => (unit in upstreamUnits ? unit : join('/', at, unit)));
    const { exitCode, stderr } = await root.run(['systemd-analyze', 'verify', '--man=no', ...files]);
    expect({ exitCode, said: complaints(stderr) }).toEqual({ exitCode: 0, said: [] });
  });
});
