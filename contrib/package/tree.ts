import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { chmod, chown, readdir, utimes } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { sourceDateEpoch, version } from './version.js';

/** A file of the system that has bound-images. */
export interface InstalledFile {
  /** Relative to the root of the system, and below `usr`. */
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  /** What it holds, or the file of this machine that it is a copy of. */
  readonly content: string | Buffer | { readonly copyOf: string };
}

/** Everything that an installation consists of, whatever brings it. */
export interface InstalledTree {
  readonly version: string;
  /** Of each file and directory, in seconds since 1970. */
  readonly modified: number;
  /** Sorted by path. */
  readonly files: readonly InstalledFile[];
}

/** What is made from the program's own definition. */
export interface TreeParts {
  /** Path of the executable of one platform. */
  readonly executable: string;
  /** By file name, as `bound-images.1`. */
  readonly manPages: ReadonlyMap<string, string>;
  /** By file name: `_bound-images` for zsh, `bound-images.fish`, and any other for bash. */
  readonly completions: ReadonlyMap<string, string>;
  /** Licences of all that is bundled. */
  readonly notices: string;
}

/** Where the package manager or systemd-sysext puts the program, and where the units name it. */
export const programPath = 'usr/bin/bound-images';

/** The units that a preset names, all of which can be enabled. */
export const presetUnits = [
  'bound-images-gate.service',
  'bound-images-payloads.service',
  'bound-images-prune.timer',
  'bound-images-stage.path',
];

/**
 * Lists what every form of the package installs, for the platform of that executable. Works in a checkout.
 */
export function installedTree({ executable, manPages, completions, notices }: TreeParts): InstalledTree {
  const text = (path: string, content: string | Buffer): InstalledFile => ({ path, mode: 0o644, content });
  const documents = 'usr/share/doc/bound-images';
  const licences = 'usr/share/licenses/bound-images';
  const files: readonly InstalledFile[] = [
    { path: programPath, mode: 0o755, content: { copyOf: executable } },
    ...filesBelow('contrib/systemd').map((path) =>
      text(join('usr/lib/systemd', path), readFileSync(join('contrib/systemd', path))),
    ),
    ...[...manPages].map(([name, page]) => text(`${manDirectory(name)}/${name}.gz`, gzipped(page))),
    ...[...completions].map(([name, script]) => text(completionPath(name), script)),
    ...filesBelow('contrib/docs')
      .filter((path) => path.endsWith('.md'))
      .map((path) => text(`${documents}/${path}`, readFileSync(join('contrib/docs', path)))),
    text(`${documents}/CHANGELOG.md`, readFileSync('CHANGELOG.md')),
    text(`${licences}/LICENSE`, readFileSync('LICENSE')),
    text(`${licences}/THIRD-PARTY-NOTICES`, notices),
  ];
  return { version, modified: sourceDateEpoch(), files: sorted(files) };
}

/** The same tree with some of its files elsewhere; what `path` returns nothing for is left out. */
export function movedTree(
  tree: InstalledTree,
  path: (file: InstalledFile) => string | undefined,
): InstalledTree {
  const files = tree.files.flatMap((file) => {
    const moved = path(file);
    return moved === undefined ? [] : [{ ...file, path: moved }];
  });
  return { ...tree, files: sorted(files) };
}

/** The same tree with more files. */
export function extendedTree(tree: InstalledTree, files: readonly InstalledFile[]): InstalledTree {
  return { ...tree, files: sorted([...tree.files, ...files]) };
}

/** The directories of the tree's files, parents first. */
export function directoriesOf(tree: InstalledTree): readonly string[] {
  const directories = new Set<string>();
  for (const { path } of tree.files) {
    for (let at = dirname(path); at !== '.'; at = dirname(at)) directories.add(at);
  }
  return [...directories].sort();
}

/** How many bytes a file of the tree has. */
export function sizeOf({ content }: InstalledFile): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  return Buffer.isBuffer(content) ? content.length : statSync(content.copyOf).size;
}

/** Writes the tree into an empty directory, with the modes and times that it has, whatever the umask is. */
export async function writeInstalledTree(tree: InstalledTree, directory: string): Promise<void> {
  for (const { path, mode, content } of tree.files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(file, content);
    else copyFileSync(content.copyOf, file);
    await chmod(file, mode);
  }
  await chmod(directory, 0o755);
  for (const path of directoriesOf(tree)) await chmod(join(directory, path), 0o755);
  await setTimes(directory, tree.modified);
}

/** Gives a directory and all below it that time, and root as its owner where this process may say so. */
export async function setTimes(directory: string, modified: number): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await setTimes(path, modified);
    else utimesSync(path, modified, modified);
  }
  if (process.getuid?.() === 0) await chown(directory, 0, 0);
  await utimes(directory, modified, modified);
}

function filesBelow(directory: string): readonly string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}

function manDirectory(name: string): string {
  const section = extname(name).slice(1);
  if (!/^[1-8]$/.test(section)) throw new Error(`${name} is not named like a man page`);
  return `usr/share/man/man${section}`;
}

/** Where the shells look without being told: bash-completion, zsh's and fish's own directories of vendors. */
function completionPath(name: string): string {
  if (name.endsWith('.fish')) return `usr/share/fish/vendor_completions.d/${name}`;
  if (name.startsWith('_')) return `usr/share/zsh/site-functions/${name}`;
  return `usr/share/bash-completion/completions/${basename(name, '.bash')}`;
}

/** By the program, for what zlib makes may differ from one Node.js or processor to the next. */
export function gzipped(text: string | Buffer): Buffer {
  return execFileSync('gzip', ['-9', '-n'], { input: text, maxBuffer: Number.MAX_SAFE_INTEGER });
}

const sorted = (files: readonly InstalledFile[]) =>
  files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
