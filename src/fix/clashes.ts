import type { BoundImage } from '../model/bound-image.js';
import { imageKey } from '../model/image-key.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { Candidate } from './candidates.js';

/**
 * Which images keep their tags after all, and why: with their digests they would have the name of another bound image.
 * One drop-in cannot hold a name twice, and no two places may say differently how a name is pulled.
 */
export function findClashes(
  candidates: readonly Candidate[],
  digests: ReadonlyMap<ResolvedImage, string>,
): ReadonlyMap<ResolvedImage, string> {
  const sameName = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const key = keyAfter(candidate.resolved, digests.get(candidate.resolved));
    sameName.set(key, [...(sameName.get(key) ?? []), candidate]);
  }
  return new Map(
    [...sameName.values()].flatMap((group) =>
      group.flatMap((candidate) => {
        const other = group.find((each) => each !== candidate && cannotBeOne(each, candidate));
        if (other === undefined || !digests.has(candidate.resolved)) return [];
        const { reference, sources } = other.resolved.image;
        const place = `${sources[0]?.file}:${sources[0]?.line}`;
        return [[candidate.resolved, `“${reference.text}” in ${place} has the same digest`] as const];
      }),
    ),
  );
}

function keyAfter({ image }: ResolvedImage, digest: string | undefined): string {
  const { kind, reference } = image;
  if (digest === undefined || reference.transport !== 'docker') return imageKey(image);
  return imageKey({ kind, reference: { ...reference, digest } });
}

function cannotBeOne(a: Candidate, b: Candidate): boolean {
  const dropIns = new Set(a.places.map(({ place }) => place.file).filter((file) => file?.endsWith('.toml')));
  return (
    b.places.some(({ place }) => dropIns.has(place.file)) || said(a.resolved.image) !== said(b.resolved.image)
  );
}

/** How an image is to be pulled, to be compared. */
function said({ options }: BoundImage): string {
  return JSON.stringify(Object.values(options).map((option) => option?.value ?? null));
}
