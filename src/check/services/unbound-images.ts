import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Binding } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { joinRootPath, type RootPath } from '../../model/path.js';
import { overrideDirectory } from '../../scan/entries.js';
import { builtImages } from '../../scan/quadlet/build.js';
import { readLoadedUnit } from '../../scan/quadlet/read.js';
import { scan } from '../../scan/scan.js';
import { isOfUsers } from '../../scan/unit/searched-directories.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import type { Subject } from '../subject.js';
import { boundImages, firstBy } from './bound-images.js';
import { startedBy } from './started.js';

type Read = Pick<Subject, 'roots' | 'entries' | 'units'>;

/**
 * The images that units of a root will want at boot and that nothing binds, once for each unit, at the place that names
 * them. `directories` are those of the entries, where they are not the default.
 */
export function unboundImages(read: Read, directories?: readonly RootPath[]): readonly Diagnostic[] {
  const wanted = wantedImages(read);
  const bindingOf = boundImages(read.entries.flatMap(({ bindings }) => bindings));
  const unbound = wanted.filter(({ image }) => bindingOf(image) === undefined);
  if (unbound.length === 0) return [];
  const maskedBindingOf = boundImages(maskedBindings(read, directories));
  return unbound.map(({ unit, image }) => {
    const entry = maskedBindingOf(image)?.source.entry;
    const mask = entry ? joinRootPath(overrideDirectory, entry) : null;
    const args = { reference: image.reference.text, unit: unit.path, isBootcs: unit.kind.isBootcs, mask };
    return diagnose('image-unbound', image.source, args);
  });
}

interface Wanted {
  readonly unit: LoadedUnit;
  readonly image: Binding;
}

/** What root’s services will want, each image once for each unit. */
function wantedImages({ roots, units }: Read): readonly Wanted[] {
  const all = [...units().units.values()];
  const isStarted = startedBy(all);
  const built = builtImages(all);
  return all.flatMap((unit) => {
    if (isOfUsers(unit.path)) return [];
    if (unit.kind.needsImage === 'where started' && !isStarted(unit)) return [];
    const { bindings } = readLoadedUnit(roots.newRoot, unit, null, units);
    const pulled = bindings.filter((image) => !built.has(imageKey(image)));
    return [...firstBy(pulled, imageKey).values()].map((image) => ({ unit, image }));
  });
}

/** What would be bound but for the masks of `/etc`, beside what replaces entries there. */
function maskedBindings(
  { roots, entries }: Read,
  directories: readonly RootPath[] | undefined,
): readonly Binding[] {
  const { newRoot } = roots;
  const withoutOverrides = scan(
    {
      ...newRoot,
      readDirectory: (path) => {
        const listing = newRoot.readDirectory(path);
        return path === overrideDirectory && listing.ok ? { ...listing, names: [] } : listing;
      },
    },
    directories,
  );
  const there = new Set(entries.map(({ entry }) => entry.name));
  return withoutOverrides.entries.flatMap(({ entry, bindings }) => (there.has(entry.name) ? [] : bindings));
}
