import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { isOlder } from '../../src/tools/process/is-older.js';
import { execOk } from './exec.js';
import { distributionId, downloadPackages } from './private-apt.js';

/**
 * What `ostree` can do about locks: 2022.7 has only `deploy --lock-finalization`; 2025.2 has `lock-finalization`,
 * too; 2026.4 also `status --json`, and stands for the newest: a suite that still moves may bring a newer one.
 */
export type OstreeVersion = '2022.7' | '2025.2' | '2026.4';

/** The suites by the ID of os-release(5). */
const SUITES: Readonly<Record<string, Partial<Record<OstreeVersion, string>>>> = {
  debian: { '2022.7': 'bookworm', '2025.2': 'trixie', '2026.4': 'forky' },
  ubuntu: { '2026.4': 'devel' },
};

const CACHE = resolve('node_modules/.cache/bound-images');

/**
 * Returns a directory with an `ostree` of that version, taken from the distribution's packages without installing
 * them. The directory works wherever it is mounted: the program runs on the libraries beside it, and all else that
 * it sees is the system's. The first call downloads it, later ones reuse it.
 *
 * @throws Error that names the step, when the distribution has no such ostree or a command fails
 */
export async function ostreeOf(version: OstreeVersion): Promise<string> {
  const id = await distributionId();
  const suite = SUITES[id]?.[version];
  if (suite === undefined) {
    throw new Error(`ostree ${version}: no suite with it is known for this system, ${id}`);
  }
  const directory = join(CACHE, `ostree-${suite}`);
  if (!existsSync(directory)) await unpackInto(directory, suite);
  const said = await execOk(join(directory, 'ostree'), ['--version']);
  const found = /Version: '([\d.]+)'/.exec(said)?.[1] ?? '';
  if (isOlder(found, version)) throw new Error(`${directory} is ${found}; these tests need ${version}`);
  return directory;
}

async function unpackInto(directory: string, suite: string): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Two test files may get here together: each unpacks in its own directory, and the first rename counts.
  const work = await mkdtemp(join(CACHE, 'unpack-'));
  try {
    const packages = await downloadPackages({ suite, packages: ['ostree'], without: ['gnupg'] }, work);
    const complete = join(work, 'complete');
    const tree = join(complete, 'tree');
    await mkdir(complete);
    for (const file of packages) await execOk('dpkg-deb', ['-x', file, tree]);
    await writeFile(join(complete, 'ostree'), await wrapper(complete, tree), { mode: 0o755 });
    await rename(complete, directory).catch((error: unknown) => {
      if (!existsSync(directory)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * With a loader that is named, the libraries are found without a variable that programs which ostree starts would
 * inherit. GLib would load modules of the system, which are made for another GLib.
 */
async function wrapper(directory: string, tree: string): Promise<string> {
  const libraries = await libraryDirectories(tree);
  const loader = await loaderIn(libraries);
  const here = (path: string) => `"$here/${relative(directory, path)}"`;
  return `#!/bin/sh
here=\${0%/*}
# A deployment that is immutable (chattr(1)) could not be removed after the test.
export OSTREE_SYSROOT_DEBUG=mutable-deployments GIO_MODULE_DIR=/nonexistent
exec ${here(loader)} --library-path ${libraries.map(here).join(':')} ${here(join(tree, 'usr/bin/ostree'))} "$@"
`;
}

/** Up to Debian 12, packages have libraries in /lib, too. */
async function libraryDirectories(tree: string): Promise<readonly string[]> {
  const names = await readdir(join(tree, 'usr/lib'));
  const architecture = names.find((name) => existsSync(join(tree, 'usr/lib', name, 'libostree-1.so.1')));
  if (architecture === undefined) throw new Error(`${tree} has no libostree`);
  return ['usr/lib', 'lib'].map((at) => join(tree, at, architecture)).filter((path) => existsSync(path));
}

async function loaderIn(directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    const name = (await readdir(directory)).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
    if (name !== undefined) return join(directory, name);
  }
  throw new Error(`no dynamic loader in ${directories.join(', ')}`);
}
