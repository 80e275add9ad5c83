import { resolve } from 'node:path';
import { compareNames, joinRootPath, type RootPath, rootPath } from '../../model/path.js';
import type { ConfigurationFile } from '../../root/configuration-files.js';
import { describeProblem } from '../../root/problem.js';
import type { RootView } from '../../root/root-view.js';
import { type ConfRoots, userDirectory } from '../conf-roots.js';
import { hasNewLoader, needsEveryDropIn, type PodmanVersion } from './rules.js';

/** Larger than any registries.conf, in bytes. */
const limitBytes = 1024 * 1024;
/** Of all files together. */
const limitOfAllBytes = 4 * limitBytes;

export interface FoundFile {
  readonly file: ConfigurationFile;
  readonly isDropIn: boolean;
}

/** A file or directory, and the root in which it lies. */
type At = readonly [RootView, RootPath];

/** The files of registries.conf that podman of that version reads, in its order: what comes later counts. */
export function registriesFiles(roots: ConfRoots, version: PodmanVersion): readonly FoundFile[] {
  const budget = { bytes: limitOfAllBytes };
  const [system, host] = [withinBudget(roots.system, budget), withinBudget(roots.host, budget)];
  const bounded = { ...roots, system, host };
  return hasNewLoader(version) ? newLoaderFiles(bounded) : oldLoaderFiles(bounded, version);
}

/** The same root, of which no more is read than is left: many links may lead to one large file. */
function withinBudget(view: RootView, budget: { bytes: number }): RootView {
  return {
    ...view,
    readFile: (path, { limitBytes: ofFile }) => {
      const file = view.readFile(path, { limitBytes: Math.min(ofFile, budget.bytes) });
      if (file.ok) budget.bytes -= file.bytes.length;
      return file;
    },
  };
}

const etc = rootPath('/etc/containers');
const share = rootPath('/usr/share/containers');
const name = 'registries.conf';

/** Source: newConfigWrapper and dropInConfigs in go.podman.io/image pkg/sysregistriesv2 before 5.41, and libimage/runtime.go. */
function oldLoaderFiles(roots: ConfRoots, version: PodmanVersion): readonly FoundFile[] {
  const { system, host, env } = roots;
  const user = userDirectory(roots, false);
  const given = env.CONTAINERS_REGISTRIES_CONF ?? env.REGISTRIES_CONFIG_PATH;
  const own: At = [host, joinRootPath(user, name)];
  const userDropIns: readonly At[] = roots.hasUser ? [[host, joinRootPath(user, `${name}.d`)]] : [];
  const systemDropIns: readonly At[] = [[system, joinRootPath(etc, `${name}.d`)]];
  if (given) return [needed(host, given), ...dropIns([...systemDropIns, ...userDropIns], version)];
  if (roots.hasUser && exists(own)) return [...main(own), ...dropIns(userDropIns, version)];
  return [
    ...main([system, joinRootPath(etc, name)]),
    ...dropIns([...systemDropIns, ...userDropIns], version),
  ];
}

/** Of one directory after the other; one that is a link is passed over, and what cannot be listed is an error. */
function dropIns(directories: readonly At[], version: PodmanVersion): readonly FoundFile[] {
  return directories.flatMap(([view, directory]): readonly FoundFile[] => {
    if (view.entry(directory).kind === 'symlink') return [];
    const listing = view.readDirectory(directory);
    if (!listing.ok) {
      const { problem } = listing;
      if (problem.kind === 'missing' || problem.kind === 'not-a-directory') return [];
      return [{ file: unreadable(directory, describeProblem(problem)), isDropIn: true }];
    }
    return listing.names
      .filter((each) => each.endsWith('.conf'))
      .map((each) => joinRootPath(directory, each))
      .filter((path) => view.entry(path).kind !== 'directory')
      .flatMap((path) => {
        const file = read(view, path);
        if (file !== undefined) return { file, isDropIn: true };
        return needsEveryDropIn(version)
          ? { file: unreadable(path, 'it is a link to nowhere'), isDropIn: true }
          : [];
      });
  });
}

/** Source: getSearchPaths and Read in go.podman.io/storage pkg/configfile/parse.go. */
function newLoaderFiles(roots: ConfRoots): readonly FoundFile[] {
  const { system, host, env } = roots;
  const given = env.CONTAINERS_REGISTRIES_CONF;
  const last = env.CONTAINERS_REGISTRIES_CONF_OVERRIDE;
  const files = given ? [needed(host, given)] : newLoaderOwnFiles(roots, system, host);
  return last ? [...files, needed(host, last)] : files;
}

function newLoaderOwnFiles(roots: ConfRoots, system: RootView, host: RootView): readonly FoundFile[] {
  const user = userDirectory(roots, true);
  const users: readonly At[] = roots.hasUser ? [[host, user]] : [];
  const mains: readonly At[] = [...users, [system, etc], [system, share]];
  const found = mains.map(([view, directory]) => main([view, joinRootPath(directory, name)]));
  const dropIns = new Map<string, FoundFile>();
  for (const [view, directory] of newLoaderDirectories(roots, 'registries', '.conf')) {
    const listing = view.readDirectory(directory);
    if (!listing.ok) {
      if (listing.problem.kind !== 'missing')
        dropIns.set('', { file: unreadable(directory, describeProblem(listing.problem)), isDropIn: true });
      continue;
    }
    for (const each of listing.names.filter((file) => file.endsWith('.conf'))) {
      const path = joinRootPath(directory, each);
      if (view.entry(path).kind === 'directory') continue;
      // One that a link to nowhere hides is not read either.
      const file = read(view, path) ?? { path, ok: true, bytes: Buffer.alloc(0) };
      dropIns.set(each, { file, isDropIn: true });
    }
  }
  return [
    ...(found.find((files) => files.length > 0) ?? []),
    ...[...dropIns].sort(([a], [b]) => compareNames(a, b)).map(([, file]) => file),
  ];
}

/**
 * The directories `NAME.d` and their like for root or for the user, those first that count least.
 * Source: getDropInPaths, as above.
 */
export function newLoaderDirectories(roots: ConfRoots, base: string, extension: '' | '.conf'): readonly At[] {
  const { system, host, uid } = roots;
  const directories = uid > 0 ? ['.rootless'] : ['.rootful'];
  const below = (parent: RootPath) => [
    joinRootPath(parent, `${base}${extension}.d`),
    ...directories.map((kind) => joinRootPath(parent, `${base}${kind}${extension}.d`)),
    ...(uid > 0 ? [joinRootPath(parent, `${base}.rootless${extension}.d`, `${uid}`)] : []),
  ];
  const user = joinRootPath(userDirectory(roots, true), `${base}${extension}.d`);
  return [
    ...[share, etc].flatMap(below).map((path): At => [system, path]),
    ...(roots.hasUser ? [[host, user] as const] : []),
  ];
}

function main([view, path]: At): readonly FoundFile[] {
  const file = read(view, path);
  return file === undefined ? [] : [{ file, isDropIn: false }];
}

/** A file that the environment names: without it, podman pulls nothing. */
function needed(host: RootView, given: string): FoundFile {
  const path = rootPath(resolve(given));
  return { file: read(host, path) ?? unreadable(path, 'it does not exist'), isDropIn: false };
}

function exists([view, path]: At): boolean {
  const { kind } = view.resolve(path);
  return kind === 'file' || kind === 'directory' || kind === 'null' || kind === 'other';
}

function read(view: RootView, path: RootPath): ConfigurationFile | undefined {
  const file = view.readFile(path, { limitBytes });
  if (file.ok) return { path, ok: true, bytes: file.bytes };
  if (file.problem.kind === 'missing') return undefined;
  return unreadable(path, describeProblem(file.problem));
}

function unreadable(path: RootPath, problem: string): ConfigurationFile {
  return { path, ok: false, problem };
}
