import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from './exec.js';

interface Archive {
  readonly components: string;
  readonly uri: RegExp;
  readonly keyring: string;
}

/** The archive of the distribution, by the ID of os-release(5): a machine's mirror has its other suites, too. */
const ARCHIVES: Readonly<Record<string, Archive>> = {
  debian: {
    components: 'main',
    uri: /\/debian(\.list)?\/?$/,
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  },
  ubuntu: {
    components: 'main universe',
    uri: /\/ubuntu(-ports)?\/?$/,
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  },
};

/** Returns the ID of this machine's distribution, as os-release(5) has it. */
export async function distributionId(): Promise<string> {
  return /^ID="?([a-z]+)"?$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
}

/** Packages of one suite, to be downloaded on a machine that runs another. */
export interface SuitePackages {
  readonly suite: string;
  /** Another suite, with what this one lacks, as `experimental` does. */
  readonly beside?: string | undefined;
  readonly packages: readonly string[];
  /** Dependencies to leave out, with all that only they depend on. */
  readonly without: readonly string[];
}

/**
 * Downloads packages of any suite of the machine's distribution, with all that they depend on down to libc,
 * and returns the paths of the .deb files. Everything apt keeps goes into the directory `work`: the machine's
 * own lists and packages stay as they are. Proxy settings are the machine's own.
 *
 * @throws Error that names the step, when the machine has no mirror of its distribution or a command fails
 */
export async function downloadPackages(
  { suite, beside, packages, without }: SuitePackages,
  work: string,
): Promise<readonly string[]> {
  const options = await privateApt(beside === undefined ? [suite] : [suite, beside], without, work);
  await step(`reading the package lists of ${suite}`, [...options, 'update']);
  await step(`downloading from ${suite}`, [
    ...options,
    ...(beside === undefined ? [] : ['--target-release', suite]),
    ...['--yes', '--download-only', 'install', ...packages],
  ]);
  const archives = join(work, 'cache/archives');
  const names = await readdir(archives);
  return names.filter((name) => name.endsWith('.deb')).map((name) => join(archives, name));
}

async function privateApt(
  suites: readonly string[],
  installed: readonly string[],
  work: string,
): Promise<string[]> {
  const archive = await distributionArchive();
  const source = join(work, 'suite.list');
  const status = join(work, 'status');
  // Without the keyring of its own, apt reads the keys in its directory unasked.
  const signedBy = existsSync(archive.keyring) ? `[signed-by=${archive.keyring}] ` : '';
  const mirror = await mirrorOf(archive);
  const lines = suites.map((suite) => `deb ${signedBy}${mirror} ${suite} ${archive.components}\n`);
  await writeFile(source, lines.join(''));
  await writeFile(status, installed.map(installedStanza).join('\n'));
  await mkdir(join(work, 'lists/partial'), { recursive: true });
  await mkdir(join(work, 'cache/archives/partial'), { recursive: true });
  const settings = {
    'Dir::Etc::SourceList': source,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': work,
    'Dir::State::status': status,
    'Dir::Cache': join(work, 'cache'),
    // apt's own user cannot write below a private directory.
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

/** A package that satisfies every dependency on it, in the words of dpkg's status file. */
function installedStanza(name: string): string {
  const fields = { Package: name, Status: 'install ok installed', Version: '99:0', Architecture: 'all' };
  return Object.entries({ ...fields, 'Multi-Arch': 'foreign' })
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
}

async function distributionArchive(): Promise<Archive> {
  const id = await distributionId();
  const archive = ARCHIVES[id];
  if (archive === undefined)
    throw new Error(`packages of another suite: no archive is known for this system, ${id}`);
  return archive;
}

/** The mirror of its distribution that this machine's apt uses. */
export async function mirrorOfDistribution(): Promise<string> {
  return mirrorOf(await distributionArchive());
}

/** The mirror that this machine's apt uses for the archive. */
async function mirrorOf({ uri }: Archive): Promise<string> {
  const format = ['--format', '$(REPO_URI)', 'Created-By: Packages'];
  const uris = await step('listing the sources of apt', ['indextargets', ...format]);
  const mirror = uris.split('\n').find((candidate) => uri.test(candidate));
  if (mirror === undefined)
    throw new Error(
      'packages of another suite: the apt sources of this machine do not hold the distribution’s archive',
    );
  return mirror;
}

async function step(what: string, args: readonly string[]): Promise<string> {
  return await execOk('apt-get', args, { timeoutMs: 170_000 }).catch((cause: unknown) => {
    throw new Error(`packages of another suite: ${what} failed`, { cause });
  });
}
