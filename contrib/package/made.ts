import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, execOk } from '../../integration/support/exec.js';
import { checksums } from './checksums.js';
import { filesBelow } from './files.js';
import { type Platform, platforms } from './node.js';
import { about, platformNames } from './platforms.js';

/** The files that each form of a version consists of, as paths in the directory; of the OCI layout, those that have names. */
export function filesOf(version: string) {
  const base = `${about.name}-${version}`;
  // A version that comes before another one sorts before it, too.
  const sorted = version.replace('-', '~');
  const each = (name: (platform: Platform) => string): readonly string[] => platforms.map(name);
  return {
    executables: each((platform) => `${base}-linux-${platform}`),
    compressed: each((platform) => `${base}-linux-${platform}.xz`),
    npm: [`${base}.tgz`],
    archives: each((platform) => `${base}-linux-${platform}.tar.gz`),
    installer: ['install.sh'],
    oci: ['oci/index.json', 'oci/oci-layout'],
    extensions: each((platform) => `${base}-${platformNames[platform].systemd}.raw`),
    debs: each((platform) => `${about.name}_${sorted}-1_${platformNames[platform].debian}.deb`),
    rpms: each((platform) => `${about.name}-${sorted}-1.${platformNames[platform].rpm}.rpm`),
    sbom: [`${base}.cdx.json`],
  } as const;
}

export type Form = keyof ReturnType<typeof filesOf>;

/**
 * What is wrong with those forms of a version in the directory, a sentence each: files that are missing, or of no form
 * though all were made, checksums that are not those of the files, another version in a file than in its name, and an npm package
 * with dependencies.
 */
export async function faultsOf(
  directory: string,
  version: string,
  forms: readonly Form[],
): Promise<readonly string[]> {
  const files = await filesBelow(directory);
  const known = filesOf(version);
  const wanted = forms.flatMap((form) => known[form]);
  const missing = [...wanted, checksums].filter((file) => !files.includes(file));
  const allowed = new Set<string>([...Object.values(known).flat(), checksums]);
  // Beside some forms there may be what was made earlier.
  const whole = forms.length === Object.keys(known).length;
  const others = files.filter((file) => whole && !allowed.has(file) && !file.startsWith('oci/blobs/'));
  const readable = wanted.filter((file) => !missing.includes(file));
  const inFiles = await Promise.all(readable.map((file) => faultsIn(directory, file, version)));
  return [
    ...missing.map((file) => `${file} is missing`),
    ...others.map((file) => `${file} is no file of version ${version}`),
    ...(missing.includes(checksums) ? [] : await faultsOfSums(directory, files)),
    ...inFiles.flat(),
  ];
}

async function faultsOfSums(directory: string, files: readonly string[]): Promise<readonly string[]> {
  const text = await readFile(join(directory, checksums), 'utf8');
  const summed = new Set([...text.matchAll(/^[0-9a-f]{64} {2}(.+)$/gm)].map(([, name]) => name));
  const { stdout } = await exec('sha256sum', ['--check', '--quiet', checksums], { cwd: directory });
  return [
    ...files
      .filter((file) => file !== checksums && !summed.has(file))
      .map((file) => `${checksums} has no checksum of ${file}`),
    ...stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${checksums} is not right: ${line}`),
  ];
}

async function faultsIn(directory: string, file: string, version: string): Promise<readonly string[]> {
  const path = join(directory, file);
  const said = await versionIn(path);
  const faults =
    said === undefined || said === version ? [] : [`${file} is of version ${said}, not ${version}`];
  if (!file.endsWith('.tgz')) return faults;
  const manifest = await manifestIn(path);
  const needed = ['dependencies', 'optionalDependencies', 'peerDependencies'].filter(
    (name) => name in manifest,
  );
  return [...faults, ...needed.map((name) => `${file} has ${name}, and all of them are bundled`)];
}

/** What a file says which version it is of; undefined for one that does not, or cannot run here. */
async function versionIn(path: string): Promise<string | undefined> {
  if (path.endsWith(`-linux-${process.arch}`)) return (await execOk(path, ['--version'])).trim();
  if (path.endsWith('.tgz')) return `${(await manifestIn(path)).version}`;
  if (path.endsWith('.deb')) return upstream(await execOk('dpkg-deb', ['--field', path, 'Version']));
  if (path.endsWith('.rpm')) {
    return upstream(
      await execOk('rpm', ['--query', '--package', '--queryformat', '%{VERSION}-%{RELEASE}', path]),
    );
  }
  if (path.endsWith('.cdx.json')) {
    return JSON.parse(await readFile(path, 'utf8')).metadata.component.version;
  }
  if (path.endsWith('oci/index.json')) {
    const [image] = JSON.parse(await readFile(path, 'utf8')).manifests;
    return image.annotations['org.opencontainers.image.ref.name'];
  }
  return undefined;
}

const upstream = (packaged: string) => packaged.trim().replace(/-1$/, '').replace('~', '-');

async function manifestIn(tarball: string): Promise<Readonly<Record<string, unknown>>> {
  return JSON.parse(await execOk('tar', ['-xzOf', tarball, 'package/package.json']));
}
