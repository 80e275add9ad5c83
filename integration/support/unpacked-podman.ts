import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execOk } from './exec.js';
import { distributionId, downloadPackages } from './private-apt.js';

/**
 * `5.8` stands for the newest that has left `experimental`: a suite that still moves may bring a newer one. `6.1` comes
 * with the skopeo of `5.8`.
 */
export const podmanVersions = ['4.3', '5.4', '5.8', '6.1'] as const;

export type PodmanVersion = (typeof podmanVersions)[number];

/** The suites by the ID of os-release(5). */
const SUITES: Readonly<Record<string, Partial<Record<PodmanVersion, string>>>> = {
  debian: { '4.3': 'bookworm', '5.4': 'trixie', '5.8': 'forky', '6.1': 'experimental' },
  ubuntu: { '5.8': 'devel' },
};

/** What `experimental` does not have. */
const BESIDE: Readonly<Record<string, string>> = { experimental: 'sid' };

const CACHE = resolve('node_modules/.cache/bound-images');
const PROGRAMS = ['podman', 'skopeo'];

/** What podman up to 5.4 imports the keys of signatures with. */
const GNUPG = 'gpg';

/** Networks, and the rest of GnuPG: no pull of the tests uses them, and they would be a third of the download. */
const UNUSED = ['containernetworking-plugins', 'iptables', 'gnupg'];

/**
 * Returns a directory with the podman of that version and the skopeo of its suite, taken from the distribution's
 * packages without installing them. `usr` is theirs, with every library that they need. `podman` and `skopeo`
 * beside it run them, each in a mount namespace of its own where that `usr` is /usr and all else is the machine's.
 * The first call downloads it, later ones reuse it.
 *
 * @throws Error that names the step, when the distribution has no such podman or a command fails
 */
export async function unpackedPodman(version: PodmanVersion): Promise<string> {
  const id = await distributionId();
  const suite = SUITES[id]?.[version];
  if (suite === undefined)
    throw new Error(`podman ${version}: no suite with it is known for this system, ${id}`);
  const directory = join(CACHE, `podman-${suite}`);
  if (!existsSync(directory)) await unpackInto(directory, suite, version);
  return directory;
}

async function unpackInto(directory: string, suite: string, version: PodmanVersion): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Two test files may get here together: each unpacks in its own directory, and the first rename counts.
  const work = await mkdtemp(join(CACHE, 'unpack-'));
  try {
    const packages = await downloadPackages(
      { suite, beside: BESIDE[suite], packages: [...PROGRAMS, GNUPG], without: UNUSED },
      work,
    );
    const tree = join(work, 'tree');
    for (const file of packages) await execOk('dpkg-deb', ['-x', file, tree]);
    const complete = join(work, 'complete');
    await mkdir(complete);
    await mergeUsr(tree);
    await rename(join(tree, 'usr'), join(complete, 'usr'));
    for (const program of PROGRAMS) {
      await writeFile(join(complete, program), wrapper(program, version), { mode: 0o755 });
    }
    await rename(complete, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Up to Debian 12, packages have files in /lib and /bin, which installing them moves below /usr. */
async function mergeUsr(tree: string): Promise<void> {
  for (const name of await readdir(tree)) {
    if (!/^(?:bin|sbin|lib\w*)$/.test(name)) continue;
    await mkdir(join(tree, 'usr', name), { recursive: true });
    await execOk('cp', ['-a', `${join(tree, name)}/.`, join(tree, 'usr', name)]);
  }
}

/**
 * Each step replaces the one before it, so the program is the very process that was started, and signals reach it.
 * Once /usr is another's, the shell runs on, but no other program of the machine could be started. podman 6 knows
 * cgroups of version 2 only, and gets them where the machine has others.
 */
function wrapper(program: string, version: PodmanVersion): string {
  const cgroups =
    version === '6.1'
      ? '[ -e /sys/fs/cgroup/cgroup.controllers ] || /usr/bin/mount -t cgroup2 none /sys/fs/cgroup && '
      : '';
  return `#!/bin/sh
exec /usr/bin/unshare --mount -- /bin/sh -c \\
  '${cgroups}/usr/bin/mount --bind -- "$0/usr" /usr && exec /usr/bin/${program} "$@"' "\${0%/*}" "$@"
`;
}
