import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { formatPlace } from '../../diagnostic/place.js';
import type { Binding } from '../../model/bound-image.js';
import { imageKey } from '../../model/image-key.js';
import { boundImages, firstBy, repositoryKey } from './bound-images.js';

/**
 * Images that units want, and that are bound by another tag or digest only. podman looks for an image by the name that
 * the unit gives: what was pulled by its digest has no tag, and a digest is found under whatever tag led there.
 * Two services may run two versions, and one of them be left to the registry. So the bound version is one that nothing
 * runs, or has the same tag.
 * Source: go.podman.io/common libimage/runtime.go, `LookupImage`; integration/other-version.test.ts.
 *
 * @param bound what is bound
 * @param run what of it units run that are entries
 * @param wanted what other units want, bound or not
 */
export function otherVersions(
  bound: readonly Binding[],
  run: readonly Binding[],
  wanted: readonly Binding[],
): readonly Diagnostic[] {
  const bindingOf = boundImages(bound);
  const running = new Set([...run, ...wanted].map(imageKey));
  const idle = bound.filter((binding) => !running.has(imageKey(binding)));
  const idleByRepository = firstBy(idle, repositoryKey);
  const byTag = firstBy(bound, tagKey);
  return wanted.flatMap((image) => {
    const { reference, source } = image;
    if (bindingOf(image) !== undefined) return [];
    const other = byTag.get(tagKey(image) ?? '') ?? idleByRepository.get(repositoryKey(image));
    if (other === undefined) return [];
    const mayBeSame = isPinned(image) && !isPinned(other);
    const args = { text: reference.text, other: other.reference.text, place: formatPlace(other.source) };
    const place = { ...source, entry: other.source.entry };
    return [diagnose('image-bound-otherwise', place, { ...args, mayBeSame })];
  });
}

/** The tag that is written, or stands for none; of a digest alone, nothing. */
function tagKey(image: Binding): string | undefined {
  const { reference } = image;
  if (reference.transport !== 'docker') return undefined;
  const tag = reference.tag ?? (reference.digest === null ? 'latest' : null);
  return tag === null ? undefined : `${repositoryKey(image)}:${tag}`;
}

function isPinned({ reference }: Binding): boolean {
  return reference.transport === 'docker' && reference.digest !== null;
}
