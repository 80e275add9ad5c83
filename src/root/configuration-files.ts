import { compareNames, joinRootPath, type RootPath, rootPath } from '../model/path.js';
import { describeProblem } from './problem.js';
import type { RootView } from './root-view.js';

/** Larger than any file that configures podman, in bytes. */
const limitBytes = 1024 * 1024;

/** A file that podman opens, with its content, or why podman cannot read it. */
export type ConfigurationFile = { readonly path: RootPath } & (
  | { readonly ok: true; readonly bytes: Buffer }
  | { readonly ok: false; readonly problem: string }
);

const vendor = '/usr/share/containers';
const administrator = '/etc/containers';

/**
 * The file `name` that podman reads as root, the administrator’s before the vendor’s; undefined where there is
 * none. Of the vendor’s files, podman before 6 knows storage.conf only.
 * Source: go.podman.io/storage pkg/configfile/parse.go.
 */
export function mainFile(root: RootView, name: string): ConfigurationFile | undefined {
  return [administrator, vendor]
    .map((directory) => readIfThere(root, rootPath(`${directory}/${name}`)))
    .find((file) => file !== undefined);
}

/**
 * The files in `directories`, which are relative to /usr/share/containers and /etc/containers (`parents`), in the order in which
 * podman reads them as root: by name; of files with the same name the administrator’s hides the vendor’s, and the one
 * in a later directory the one in an earlier. podman before 6 (5.8 for storage.conf) knows the plain directory below
 * /etc only. Source: as above.
 */
export function dropInFiles(
  root: RootView,
  directories: readonly string[],
  extension: string,
  parents: readonly string[] = [vendor, administrator],
): readonly ConfigurationFile[] {
  const paths = new Map<string, RootPath>();
  for (const parent of parents) {
    for (const directory of directories.map((name) => rootPath(`${parent}/${name}`))) {
      const listing = root.readDirectory(directory);
      const names = listing.ok ? listing.names.filter((name) => name.endsWith(extension)) : [];
      for (const name of names) paths.set(name, joinRootPath(directory, name));
    }
  }
  return [...paths]
    .sort(([a], [b]) => compareNames(a, b))
    .flatMap(([, path]) => (root.resolve(path).kind === 'directory' ? [] : (readIfThere(root, path) ?? [])));
}

/** `name.conf` and its drop-ins, in the order in which podman reads them; what comes later counts. */
export function confFiles(root: RootView, name: string): readonly ConfigurationFile[] {
  const main = mainFile(root, `${name}.conf`);
  const dropIns = dropInFiles(root, [`${name}.conf.d`, `${name}.rootful.conf.d`], '.conf');
  return main === undefined ? dropIns : [main, ...dropIns];
}

/** One file; undefined where there is none. */
export function readIfThere(root: RootView, path: RootPath): ConfigurationFile | undefined {
  const file = root.readFile(path, { limitBytes });
  if (file.ok) return { path, ok: true, bytes: file.bytes };
  if (file.problem.kind === 'missing') return undefined;
  return { path, ok: false, problem: describeProblem(file.problem) };
}
