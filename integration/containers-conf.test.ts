import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostPath } from '../src/model/path.js';
import { openRoots } from '../src/root/open-roots.js';
import { containersConfOf } from '../src/scan/containers-conf.js';
import { addToTree, dir, type TreeSpec } from '../test/support/tree.js';
import { execOk } from './support/exec.js';
import { podmanOf } from './support/podman-suites.js';
import { newCleanup, tempDir } from './support/temp.js';
import { type PodmanVersion, podmanVersions, unpackedPodman } from './support/unpacked-podman.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const vendors = 'usr/share/containers';
const administrators = 'etc/containers';
const policy = (word: string) => `[engine]\npull_policy = "${word}"\n`;
const other = '[containers]\n';

/** Files of containers.conf; podman’s own default is `missing`. */
const cases: readonly { readonly name: string; readonly files: TreeSpec }[] = [
  { name: 'none', files: {} },
  { name: 'the vendor’s', files: { [`${vendors}/containers.conf`]: policy('always') } },
  {
    name: 'both, and the administrator’s says something else',
    files: {
      [`${vendors}/containers.conf`]: policy('always'),
      [`${administrators}/containers.conf`]: policy('never'),
    },
  },
  {
    name: 'both, and the administrator’s does not say it',
    files: { [`${vendors}/containers.conf`]: policy('always'), [`${administrators}/containers.conf`]: other },
  },
  {
    name: 'a drop-in of the administrator',
    files: {
      [`${administrators}/containers.conf`]: policy('never'),
      [`${administrators}/containers.conf.d/1.conf`]: policy('newer'),
      [`${administrators}/containers.conf.d/2.conf`]: policy('always'),
      [`${administrators}/containers.conf.d/3`]: policy('never'),
    },
  },
  {
    name: 'a drop-in of the vendor',
    files: { [`${vendors}/containers.conf.d/1.conf`]: policy('always') },
  },
  {
    name: 'a drop-in for root',
    files: { [`${administrators}/containers.rootful.conf.d/1.conf`]: policy('always') },
  },
  {
    name: 'drop-ins of one name',
    files: {
      [`${vendors}/containers.conf.d/1.conf`]: policy('always'),
      [`${administrators}/containers.conf.d/1.conf`]: other,
    },
  },
];

describe.each(podmanVersions)('podman %s', (version) => {
  let run: (root: string) => Promise<string>;
  beforeAll(async () => {
    run = await helpOf(version);
  });

  test.each(cases)('reads containers.conf as we do: $name', async ({ files }) => {
    const root = (await tempDir(cleanup)) as HostPath;
    addToTree(root, { [`${vendors}/`]: dir(), [`${administrators}/`]: dir(), ...files });
    const [, found] = /^ +--pull .*\(default "(\w+)"\)$/m.exec(await run(root)) ?? [];
    const opened = openRoots({ root, currentRoot: root });
    if (!opened.ok) throw new Error(`cannot open ${root}`);
    const { pullPolicy } = containersConfOf(opened.newRoot, { isSix: () => version === '6.1' });
    expect(found).toBe(pullPolicy?.value ?? 'missing');
  });
});

/** Prints the help of `podman run`, which shows what counts without an option, where a tree has the configuration. */
async function helpOf(version: PodmanVersion): Promise<(root: string) => Promise<string>> {
  const { podman } = await podmanOf(version);
  const usr = podman.startsWith('/usr/') ? '/usr' : join(await unpackedPodman(version), 'usr');
  // Bound over the tree of the programs first: once that is /usr, no other program can be started.
  const script = `set -e
mount --bind -- "$1/${administrators}" /etc/containers
mount --bind -- "$1/${vendors}" "$2/share/containers"
[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 none /sys/fs/cgroup
[ "$2" = /usr ] || mount --rbind -- "$2" /usr
exec /usr/bin/podman run --help`;
  return async (root) => {
    const home = await tempDir(cleanup);
    const env = { HOME: home, CONTAINERS_CONF: undefined, CONTAINERS_CONF_OVERRIDE: undefined };
    return await execOk('unshare', ['--mount', '--', 'sh', '-c', script, 'sh', root, usr], { env });
  };
}
