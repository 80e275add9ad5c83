import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { RuleId } from '../diagnostic/rules.js';
import { canonicalName, repositoryName } from '../model/reference/reference.js';
import { type BindingPlace, bindingPlaces } from './binding-places.js';
import { differingVersions } from './differing-versions.js';
import { meantImages } from './meant-images.js';
import type { Subject } from './subject.js';

/** References that podman takes, and that do not say for long which image they mean. */
export function checkReferences({ entries, roots }: Subject): readonly Diagnostic[] {
  const places = bindingPlaces(entries);
  return [...places.flatMap(checkReference), ...differingVersions(places, meantImages(roots.newRoot))];
}

/** Of those that bootc pulls, what it does not find by the name that is written, so that it removes the image again. */
export function removedByBootc(place: BindingPlace): readonly Diagnostic[] {
  return place.isBootcs ? checkReference(place).filter(({ rule }) => renaming.has(rule)) : [];
}

const renaming: ReadonlySet<string> = new Set([
  'reference-renamed',
  'reference-tag-and-digest',
  'reference-untagged',
] satisfies readonly RuleId[]);

function checkReference({ binding, isBootcs }: BindingPlace): readonly Diagnostic[] {
  const { reference, source, options } = binding;
  if (reference.transport !== 'docker') return [];
  const { text, tag, digest } = reference;
  // No digest helps where there is nothing to pull.
  if (reference.registry === 'localhost') return [diagnose('reference-localhost', source, { text })];
  const name = repositoryName(reference);
  const isTagless = isBootcs || binding.kind === 'artifact';
  const args = { text, name, stored: canonicalName(reference), isBootcs, isTagless };
  const isRenamed = isBootcs && reference.registry !== null && !text.startsWith(name);
  const renamed = isRenamed ? [diagnose('reference-renamed', source, args)] : [];
  // A tag before the digest tells where it is from; podman drops it.
  const isPinned = digest !== null && (tag === null || !isBootcs);
  // Every tag is wanted there, whatever it leads to.
  if (isPinned || options.allTags?.value === true) return renamed;
  const rule =
    tag === null ? 'reference-untagged' : digest === null ? 'reference-floating' : 'reference-tag-and-digest';
  return [...renamed, diagnose(rule, source, args)];
}
