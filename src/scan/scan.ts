import { diagnose } from '../diagnostic/diagnose.js';
import { type Diagnostic, hasErrors, withoutRepeats } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import type { Binding, Bindings, BoundImage } from '../model/bound-image.js';
import type { RootPath } from '../model/path.js';
import { describeProblemAt, isOfUnknownHost } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { readDropIn } from './drop-in/drop-in.js';
import { bootcDirectory, type Entry, listEntries } from './entries.js';
import { joinBindings } from './join.js';
import { readQuadlet } from './quadlet/entry.js';
import { quadletKinds } from './quadlet/kinds.js';
import { mergeBindings } from './readings.js';
import { type FollowedPodman, podman6 } from './unit/followed-podman.js';
import { configurationLimitBytes } from './unit/read.js';
import { searchUnits } from './unit/search.js';
import type { LoadedUnit, UnitSearch } from './unit/unit.js';

/** An entry and what it binds, before what binds one image is joined. */
export interface EntryBindings {
  readonly entry: Entry;
  /** The unit that boots for a quadlet; `undefined` for a drop-in, and where there is no such unit. */
  readonly unit: LoadedUnit | undefined;
  readonly bindings: readonly Binding[];
}

/** The entries and units of a root as one podman reads them. */
export interface Reading {
  readonly podman: FollowedPodman;
  readonly entries: readonly EntryBindings[];
  /** All units of the root, bound or not; looked for when first asked. */
  readonly units: () => UnitSearch;
}

/** What podman before 6 reads, and in `images` and `diagnostics` what podman 6 does as well. */
export interface Scanned extends Reading {
  /** In the order in which they are first bound. */
  readonly images: readonly BoundImage[];
  /** How podman 6 reads it; undefined where nothing was found so far in which it differs. */
  readonly readingOf6: () => Reading | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads what a root binds: every entry of its bound-images directories, every problem in them. `directories` that
 * are named instead of the vendor's have to be there. Pure over the view of the root: no network, no process, nothing
 * written.
 */
export function scan(root: RootView, directories?: readonly RootPath[]): Scanned {
  const listed = listEntries(root, directories);
  let differ = false;
  const before6 = readEntries(root, listed.entries, {
    isSix: () => {
      differ = true;
      return false;
    },
  });
  let of6: ReturnType<typeof readEntries> | undefined;
  const readingOf6 = () => {
    if (differ) of6 ??= readEntries(root, listed.entries, podman6);
    return of6;
  };
  const other = readingOf6()?.entries;
  const read = before6.entries.map((entry, index) => {
    const theirs = other?.[index];
    return theirs === undefined ? entry : mergeBindings([entry, theirs]);
  });
  const joined = joinBindings(
    read.flatMap(({ bindings, diagnostics }) => {
      const valid = !hasErrors(diagnostics);
      return bindings.map((binding) => ({ ...binding, valid }));
    }),
  );
  const diagnostics = [listed, ...read, joined].flatMap((step) => step.diagnostics);
  return { ...before6, images: joined.images, readingOf6, diagnostics: withoutRepeats(diagnostics) };
}

function readEntries(root: RootView, entries: readonly Entry[], podman: FollowedPodman) {
  let found: UnitSearch | undefined;
  const units = () => {
    found ??= searchUnits(root, quadletKinds, podman);
    return found;
  };
  const read = entries.map((entry) => ({
    entry,
    unit: undefined,
    ...(entry.kind === 'drop-in' ? readDropInEntry(root, entry) : readQuadlet(root, entry, units)),
  }));
  return { podman, entries: read, units };
}

function readDropInEntry(root: RootView, entry: Entry): Bindings {
  const place: Place = { entry: entry.name, file: entry.path, line: null, column: null };
  const file = root.readFile(entry.path, { limitBytes: configurationLimitBytes });
  if (!file.ok) {
    const { problem } = file;
    const diagnostic = isOfUnknownHost(root, problem)
      ? diagnose('host-path-unknown', place, { what: 'drop-in', path: problem.path })
      : problem.kind === 'too-large'
        ? diagnose('file-too-large', place, problem)
        : diagnose('entry-unreadable', place, { problem: describeProblemAt(root, entry.path, problem) });
    return { bindings: [], diagnostics: [diagnostic] };
  }
  const read = readDropIn(file.bytes, place);
  if (!entry.path.startsWith(`${bootcDirectory}/`)) return read;
  return { ...read, diagnostics: [diagnose('entry-in-bootc-directory', place, {}), ...read.diagnostics] };
}
