import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { withMounts } from '../src/tools/process/mounts.js';
import { writeTree } from './support/host.js';
import { newOstreeHost } from './support/ostree-host.js';
import { startSystemd, unitDirectory } from './support/systemd.js';
import { ownUnits, unitTree } from './support/systemd-units.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const script = `cat /etc/containers/registries.conf /etc/containers/certs.d/ours
echo written >/etc/containers/written
mkdir -p /tmp/store/root /tmp/store/run
podman --root /tmp/store/root --runroot /tmp/store/run images --quiet && echo podman works
`;

// What the service is allowed is enough to see other files in /etc/containers, which nobody else sees.
test('podman of the service that pulls sees files of ours in the place of the host’s', async () => {
  const mounts = [
    { from: '/var/ours/empty', to: '/etc/containers/certs.d' },
    { from: '/var/ours/containers', to: '/etc/containers' },
  ];
  const argv = [...withMounts(mounts), '/bin/sh', '/var/ours/script'];
  const output = 'StandardOutput=append:/var/ours/said\nStandardError=append:/var/ours/complained';
  const sandboxed = ((await ownUnits())['bound-images-stage.service'] ?? '')
    .replace(/^(?:ConditionPathExists|Restart\w*|RuntimeMaxSec)=.*\n/gm, '')
    .replace(/^Type=.*$/m, 'Type=oneshot')
    .replace(/^ExecStart=.*$/m, () => `ExecStart=${argv.map(quoted).join(' ')}\n${output}`);
  const host = await newOstreeHost(cleanup, {
    tree: {
      ...(await unitTree(unitDirectory, { 'sandboxed.service': sandboxed })),
      'usr/etc/containers/certs.d/': { directory: true },
      'usr/etc/bound-images/environment': '',
    },
  });
  await writeTree(host.path('/var/ours'), {
    script,
    'empty/': { directory: true },
    'containers/registries.conf': 'ours\n',
    'containers/certs.d/ours': 'ours, too\n',
  });
  const environment = (await host.runOk(['env']))
    .split('\n')
    .filter((line) => /^(?:PODMAN|STORAGE)_/.test(line));
  await writeFile(host.path('/etc/bound-images/environment'), environment.join('\n'));
  const systemd = await startSystemd(cleanup, host);
  await systemd.runOk(['sh', '-c', 'systemctl start sandboxed.service || :']);
  const complained = await readFile(host.path('/var/ours/complained'), 'utf8').catch(() => '');
  expect(complained).toBe('');
  expect(await systemd.property('sandboxed.service', 'Result')).toBe('success');
  expect(await readFile(host.path('/var/ours/said'), 'utf8')).toBe('ours\nours, too\npodman works\n');
  expect(await readFile(host.path('/etc/containers/written'), 'utf8').catch(() => 'none')).toBe('none');
});

/** systemd.service(5), “Command lines”: percent and dollar are doubled. */
function quoted(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('%', '%%');
  return `"${escaped.replaceAll('$', '$$$$')}"`;
}
