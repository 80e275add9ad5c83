import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { compareNames, isUtf8Name, joinRootPath, type RootPath, rootPath } from '../model/path.js';
import { describeProblemAt } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { quadletKinds } from './quadlet/kinds.js';
import { extensionOf } from './unit/unit.js';

/** Where a root keeps its bound-images entries, when nothing else is asked for. */
export const defaultDirectories: readonly RootPath[] = [
  rootPath('/usr/lib/bootc/bound-images.d'),
  rootPath('/usr/lib/bound-images.d'),
];

/** bootc reads this one too, and refuses all of it when an entry is not a link to a quadlet. */
export const bootcDirectory = rootPath('/usr/lib/bootc/bound-images.d');

/** Entries here replace or mask vendor entries of the same name (UAPI configuration files specification). */
export const overrideDirectory = rootPath('/etc/bootc/bound-images.d');

/** One file of the bound-images directories that counts: not masked, not overridden. */
export interface Entry {
  readonly name: string;
  readonly path: RootPath;
  readonly kind: 'drop-in' | 'quadlet';
}

export interface EntryList {
  readonly entries: readonly Entry[];
  readonly diagnostics: readonly Diagnostic[];
}

const dropInExtension = '.toml';

const quadlets: readonly string[] = [...quadletKinds.values()]
  .filter(({ read }) => read !== null)
  .map(({ extension }) => extension);

/** `#name#` is Emacs’, `.bak`, `.orig` and `.swp` are those of editors and of patch and git. */
const leftover = /^\.|~$|^#.*#$|\.(?:bak|orig|swp)$|\.rpm(?:new|save|orig)$|\.dpkg-[a-z]+$/s;

/**
 * Lists the entries of the vendor's `directories`, then the administrator's, in byte order of their names.
 * An entry of /etc hides the vendor's of the same name; between the vendor's directories nothing hides
 * anything, because an image that is silently dropped is missing at the next boot. Directories that were `named`
 * have to be there: a typing mistake binds nothing.
 */
export function listEntries(root: RootView, named?: readonly RootPath[]): EntryList {
  const directories = named ?? defaultDirectories;
  const diagnostics = (named ?? [])
    .filter((directory) => isAbsent(root, directory))
    .map((directory) => diagnose('directory-missing', { ...nowhere, file: directory }, {}));
  const overrides = listDirectory(root, overrideDirectory, diagnostics);
  const overridden = new Set(overrides.map((found) => found.name));
  const vendor = directories
    .flatMap((directory) => listDirectory(root, directory, diagnostics))
    .filter((found) => !overridden.has(found.name));
  const entries: Entry[] = [];
  for (const { name, path } of [...vendor, ...overrides].sort(compareEntries)) {
    const place = { ...nowhere, entry: name, file: path };
    const kind = entryKind(name);
    if (!isUtf8Name(name)) diagnostics.push(diagnose('entry-encoding', place, {}));
    else if (leftover.test(name)) diagnostics.push(diagnose('entry-leftover', place, {}));
    else if (isMask(root, path, kind)) continue;
    else if (kind === undefined)
      diagnostics.push(diagnose('entry-type', place, { extension: extensionOf(name), quadlets }));
    else entries.push({ name, path, kind });
  }
  return { entries, diagnostics };
}

/** A directory that is not there binds nothing; a link that leads nowhere was meant to bind something. */
export function isAbsent(root: RootView, directory: RootPath): boolean {
  const { kind, path } = root.entry(directory);
  return kind === 'missing' && `${directory}/`.startsWith(`${path}/`);
}

interface Found {
  readonly name: string;
  readonly path: RootPath;
}

function listDirectory(root: RootView, directory: RootPath, diagnostics: Diagnostic[]): readonly Found[] {
  const listing = root.readDirectory(directory);
  if (listing.ok) return listing.names.map((name) => ({ name, path: joinRootPath(directory, name) }));
  if (!isAbsent(root, directory)) {
    const place = { ...nowhere, file: directory };
    const problem = describeProblemAt(root, directory, listing.problem);
    diagnostics.push(diagnose('directory-unreadable', place, { problem }));
  }
  return [];
}

/**
 * A link to /dev/null binds nothing anywhere; an empty file does so only as the administrator's override. A link
 * to a unit that is masked is not masked itself: another unit of that name may boot.
 */
function isMask(root: RootView, path: RootPath, kind: Entry['kind'] | undefined): boolean {
  const resolved = root.resolve(path);
  if (resolved.kind === 'null') return kind === 'drop-in' || kind === undefined || isDirect(root, path);
  if (resolved.kind !== 'file' || !path.startsWith(`${overrideDirectory}/`)) return false;
  const content = root.readFile(path, { limitBytes: 1 });
  return content.ok && content.bytes.length === 0;
}

function isDirect(root: RootView, path: RootPath): boolean {
  const link = root.entry(path);
  if (link.kind !== 'symlink') return false;
  const target = link.target.startsWith('/') ? link.target : `${path}/../${link.target}`;
  return root.entry(rootPath(target)).kind === 'null';
}

function entryKind(name: string): Entry['kind'] | undefined {
  if (extensionOf(name) === dropInExtension) return 'drop-in';
  return quadlets.includes(extensionOf(name)) ? 'quadlet' : undefined;
}

function compareEntries(a: Found, b: Found): number {
  return compareNames(a.name, b.name);
}
