import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execOk } from './exec.js';

interface Archive {
  /** The suite with the podman that the quadlet reader follows: 5.8 or newer. */
  readonly suite: string;
  readonly components: string;
  readonly uri: RegExp;
  readonly keyring: string;
}

/** The archive of the distribution, by the ID of os-release(5): a machine's mirror has its newer suites, too. */
const ARCHIVES: Readonly<Record<string, Archive>> = {
  debian: {
    suite: 'forky',
    components: 'main',
    uri: /\/debian(\.list)?\/?$/,
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  },
  ubuntu: {
    suite: 'devel',
    components: 'main universe',
    uri: /\/ubuntu(-ports)?\/?$/,
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  },
};

const CACHE = resolve('node_modules/.cache/bound-images');
const TREE = join(CACHE, 'newer-podman');
const QUADLET = join(TREE, 'usr/libexec/podman/quadlet');

/**
 * Returns the path of the quadlet generator of podman 5.8 or newer, taken from the distribution's package
 * and run unpacked: the generator needs no installed podman. The first call downloads it, later ones reuse it.
 *
 * @throws Error that names the step, when the machine has no mirror of its distribution or a command fails
 */
export async function newerQuadlet(): Promise<string> {
  if (!existsSync(QUADLET)) await unpackPodman();
  const version = (await step('asking the generator for its version', QUADLET, ['-version'])).trim();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 8)) {
    throw new Error(`the quadlet generator at ${QUADLET} is ${version}; these tests need 5.8 or newer`);
  }
  return QUADLET;
}

async function unpackPodman(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Two test files may get here together: each unpacks in its own directory, and the first rename counts.
  const work = await mkdtemp(join(CACHE, 'unpack-'));
  try {
    const options = await privateApt(work);
    await step('reading the package lists', 'apt-get', [...options, 'update'], work);
    await step('downloading podman', 'apt-get', [...options, 'download', 'podman'], work);
    const deb = (await readdir(work)).find((name) => name.endsWith('.deb'));
    if (deb === undefined) throw new Error(`apt-get download left no .deb in ${work}`);
    await step('unpacking podman', 'dpkg-deb', ['-x', join(work, deb), join(work, 'tree')]);
    await rename(join(work, 'tree'), TREE).catch((error: unknown) => {
      if (!existsSync(QUADLET)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Options that keep apt's lists, cache and sources in `work`; proxy settings stay the machine's own. */
async function privateApt(work: string): Promise<string[]> {
  const archive = await distributionArchive();
  const source = join(work, 'newer.list');
  // Without the keyring of its own, apt reads the keys in its directory unasked.
  const signedBy = existsSync(archive.keyring) ? `[signed-by=${archive.keyring}] ` : '';
  const mirror = await mirrorOf(archive);
  await writeFile(source, `deb ${signedBy}${mirror} ${archive.suite} ${archive.components}\n`);
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  const settings = {
    'Dir::Etc::SourceList': source,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    // apt's own user cannot write below a private directory.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

async function distributionArchive(): Promise<Archive> {
  const id = /^ID="?([a-z]+)"?$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  const archive = ARCHIVES[id];
  if (archive === undefined) throw new Error(`newer podman: no archive is known for this system, ${id}`);
  return archive;
}

/** The mirror that this machine's apt uses for the archive. */
async function mirrorOf({ uri }: Archive): Promise<string> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages'];
  const uris = await step('listing the sources of apt', 'apt-get', ['indextargets', ...format]);
  const mirror = uris.split('\n').find((candidate) => uri.test(candidate));
  if (mirror === undefined)
    throw new Error('newer podman: the apt sources of this machine do not hold the distribution’s archive');
  return mirror;
}

async function step(what: string, program: string, args: readonly string[], cwd = '.'): Promise<string> {
  return await execOk(program, args, { cwd, timeoutMs: 170_000 }).catch((cause: unknown) => {
    throw new Error(`newer podman: ${what} failed`, { cause });
  });
}
