import { meantImages } from '../check/meant-images.js';
import { boundImages } from '../check/services/bound-images.js';
import type { UnboundImage } from '../check/services/unbound-images.js';
import type { Binding } from '../model/bound-image.js';
import { isUtf8Name, joinRootPath, type RootPath } from '../model/path.js';
import type { RootView } from '../root/root-view.js';
import { overrideDirectory } from '../scan/entries.js';
import type { LoadedUnit } from '../scan/unit/unit.js';

/** An entry that binds what a unit wants: a link to it. */
export interface EntryLink {
  /** Of the link, in the root. */
  readonly path: RootPath;
  /** Of the unit, in the root. */
  readonly target: RootPath;
  /** The references that it binds and nothing did. */
  readonly images: readonly string[];
}

/** A unit whose images stay unbound. */
export interface UnlinkedUnit {
  readonly unit: RootPath;
  readonly images: readonly string[];
  /** `masked`: somebody has decided so. */
  readonly reason: 'masked' | 'invalid' | 'name-taken';
  readonly message: string;
  readonly hint: string | null;
}

export interface PlannedLinks {
  readonly links: readonly EntryLink[];
  readonly left: readonly UnlinkedUnit[];
}

/**
 * As few links as bind all of it, in `directory`: one to an `.image` rather than to the containers that run it, as that
 * unit alone says how to pull. No link for what would be an error of `check`, and none in place of what is there.
 *
 * @param taken the names of entries
 */
export function planLinks(
  root: RootView,
  unbound: readonly UnboundImage[],
  taken: ReadonlySet<string>,
  directory: RootPath,
): PlannedLinks {
  const meant = meantImages(root);
  const links: EntryLink[] = [];
  const open: { readonly images: readonly Binding[]; readonly left: UnlinkedUnit }[] = [];
  const bound: Binding[] = [];
  let bindingOf = boundImages(bound);
  for (const [unit, wanted] of byUnit(unbound)) {
    const missing = wanted.filter(({ image }) => bindingOf(meant(image)) === undefined);
    if (missing.length === 0) continue;
    const images = missing.map(({ image }) => image);
    const names = images.map(({ reference }) => reference.text);
    const problem = problemOf(root, unit, missing, taken, directory);
    if (problem !== undefined) {
      open.push({ images, left: { unit: unit.path, images: names, ...problem } });
      continue;
    }
    links.push({ path: joinRootPath(directory, unit.name), target: unit.path, images: names });
    bound.push(...images.map(meant));
    bindingOf = boundImages(bound);
  }
  // What the link to another unit binds is not left.
  const isUnbound = (image: Binding) => bindingOf(meant(image)) === undefined;
  return { links, left: open.flatMap(({ images, left }) => (images.some(isUnbound) ? left : [])) };
}

/** In the order in which quadlet reads them: `.image` before what may name it, a pod after its containers. */
function byUnit(
  unbound: readonly UnboundImage[],
): readonly (readonly [LoadedUnit, readonly UnboundImage[]])[] {
  const units = [...new Set(unbound.map(({ unit }) => unit))];
  return units
    .toSorted((a, b) => a.kind.order - b.kind.order)
    .map((unit) => [unit, unbound.filter((each) => each.unit === unit)]);
}

function problemOf(
  root: RootView,
  unit: LoadedUnit,
  missing: readonly UnboundImage[],
  taken: ReadonlySet<string>,
  directory: RootPath,
): Omit<UnlinkedUnit, 'unit' | 'images'> | undefined {
  const mask = missing.find((each) => each.mask !== null)?.mask ?? null;
  if (mask !== null) {
    return { reason: 'masked', message: `${mask} masks the entry that binds it`, hint: `remove ${mask}` };
  }
  const override = joinRootPath(overrideDirectory, unit.name);
  if (!taken.has(unit.name) && root.entry(override).kind !== 'missing') {
    return {
      reason: 'masked',
      message: `${override} masks entries of this name`,
      hint: `remove ${override}`,
    };
  }
  const first = missing[0]?.advice?.first;
  if (first !== undefined) return { reason: 'invalid', message: first.message, hint: first.hint };
  if (!isUtf8Name(unit.path)) {
    return { reason: 'invalid', message: 'its path is not UTF-8', hint: 'give the unit another name' };
  }
  const isThere = root.entry(joinRootPath(directory, unit.name)).kind !== 'missing';
  if (!isThere && !taken.has(unit.name)) return undefined;
  return {
    reason: 'name-taken',
    message: `there is another entry of the name ${unit.name}`,
    hint: 'give the unit or that entry another name, or bind the image in a drop-in',
  };
}
