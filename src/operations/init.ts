import { findUnbound } from '../check/services/unbound-images.js';
import { suppress } from '../check/suppression/suppress.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { makeLinks } from '../fix/make-links.js';
import { type EntryLink, planLinks, type UnlinkedUnit } from '../fix/plan-links.js';
import { BoundImagesError } from '../model/error.js';
import { rootPath } from '../model/path.js';
import { forReaders } from './for-readers.js';
import type { RootInput } from './inputs.js';
import { readRoot } from './read-root.js';

export interface InitInput extends RootInput {
  /** Makes nothing. */
  readonly dryRun: boolean;
}

export interface InitPorts {
  /** Whether to make the links; not asked where there are none, or none are to be made. */
  readonly confirm: (links: readonly EntryLink[], root: string) => Promise<boolean>;
}

export interface InitResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** What binds images that nothing bound. */
  readonly links: readonly EntryLink[];
  /** Whether they were made. */
  readonly made: boolean;
  /** What stays unbound. */
  readonly left: readonly UnlinkedUnit[];
  /** The units of which nobody knows whether they want an image. */
  readonly diagnostics: readonly Diagnostic[];
}

/** bootc reads the other one as well, otherwise than podman, and refuses all of it because of one unit that it does not know. */
const usualDirectory = rootPath('/usr/lib/bound-images.d');

/**
 * Finds the images that units of a root will want at boot and that nothing binds, and makes links to units that bind
 * them, in `usr/lib/bound-images.d` or the first directory that is named. What a comment leaves unbound stays so.
 *
 * @throws BoundImagesError `usage` where the root cannot be read, has no units or cannot be written; `busy` where
 *   something has come in the place of a link.
 */
export async function init(input: InitInput, { confirm }: InitPorts): Promise<InitResult> {
  const { dir, dryRun } = input;
  const directory = dir?.[0] ?? usualDirectory;
  const read = readRoot({ ...input, mayLackHost: true });
  const { root, roots, entries, units } = read;
  const search = units();
  if (search.units.size + search.refused.size === 0) {
    throw new BoundImagesError('usage', `${root} has no units for quadlet`, {
      hint: 'name the directory that holds usr/share/containers/systemd or etc/containers/systemd',
    });
  }
  const { unbound, unknown } = findUnbound(read, dir, [directory]);
  const shown = new Set(suppress([...unbound.map(({ finding }) => finding), ...unknown], read));
  const wanted = unbound.filter(({ finding }) => shown.has(finding));
  const taken = new Set(entries.map(({ entry }) => entry.name));
  const { links, left } = planLinks(roots.newRoot, wanted, taken, directory);
  const made = links.length > 0 && !dryRun && (await confirm(links, root));
  if (made) makeLinks(roots.newRoot, directory, links);
  const diagnostics = forReaders(
    unknown.filter((finding) => shown.has(finding)),
    roots.newRoot,
  );
  return { root, links, made, left, diagnostics };
}
