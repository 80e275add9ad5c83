import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { nowhere, type Place } from '../../diagnostic/place.js';
import type { BoundImage, Expectation } from '../../model/bound-image.js';
import { type Failure, isTransient } from '../../model/failure.js';
import { formatPlatform, type Platform } from '../../model/platform.js';
import type { RegistryReference } from '../../model/reference/reference.js';
import { shown } from '../../text/printable.js';
import { isMet } from './expectation.js';
import { payloadFindings } from './payloads.js';
import type { ForPlatform, Seen } from './seen.js';

/** What is wrong with an image that could not be looked up. */
export function findingOf(
  { reference: { text: reference }, sources }: BoundImage,
  error: Failure,
): Diagnostic {
  const place = sources[0] ?? nowhere;
  const { code, message: problem, hint } = error;
  if (code === 'unsupported') return diagnose('registry-not-asked', place, { reference, problem });
  if (code === 'manifest-unknown') return diagnose('image-not-in-registry', place, { reference, problem });
  if (code === 'unauthorized' || code === 'denied') {
    return diagnose('registry-access-denied', place, { reference, problem, hint });
  }
  if (isTransient(error)) return diagnose('registry-unavailable', place, { reference, problem });
  return diagnose('registry-look-failed', place, {
    reference,
    problem,
    hint: code === 'blocked' ? blockedHint : hint,
  });
}

const blockedHint =
  'see registries.conf and registries.conf.d in /etc/containers of the root (containers-registries.conf(5))';

/** The tags that stand beside the digest of an image, each with the first place where it does. */
export type NamedTags = ReadonlyMap<string, Place>;

/** What is wrong with an image that the registry has. */
export async function findingsOf(
  image: BoundImage,
  { digest }: RegistryReference,
  seen: Seen,
  tags: NamedTags,
): Promise<readonly Diagnostic[]> {
  const place = image.sources[0] ?? nowhere;
  const { text: reference } = image.reference;
  const found = seen.platforms.filter((each) => each.kind === 'found');
  // An author who looks for one platform alone has no index to name.
  const isOneOfIndex = digest !== null && !seen.isIndex && found.length > 0;
  const missing = seen.platforms
    .filter((each) => each.kind === 'missing')
    .map(({ platform, problem }) =>
      diagnose(isOneOfIndex ? 'digest-of-one-platform' : 'platform-missing', place, {
        reference,
        platform: formatPlatform(platform),
        problem,
      }),
    );
  const moved = seen.movedTags.map(({ tag, name, digest: now }) =>
    diagnose('digest-moved', tags.get(tag) ?? place, { name, digest: `${digest}`, now }),
  );
  const unmet = await Promise.all(
    (image.expectations ?? []).map((expectation) => findUnmet(reference, expectation, found)),
  );
  const payloads = found.flatMap((each) =>
    each.payloads.flatMap((payload) => payloadFindings(reference, each.platform, payload)),
  );
  return [...missing, ...moved, ...unmet.flat(), ...payloads];
}

/** One finding for each thing that the images say instead. */
async function findUnmet(
  reference: string,
  expectation: Expectation,
  found: readonly ForPlatform[],
): Promise<readonly Diagnostic[]> {
  const { key, wanted, place } = expectation;
  const platforms = new Map<string | null, string[]>();
  for (const { platform, metadata } of found) {
    const said = metadata.get(key) ?? null;
    if (await isMet(expectation, said)) continue;
    platforms.set(said, [...(platforms.get(said) ?? []), nameOf(platform)]);
  }
  return [...platforms].map(([said, names]) => {
    const args = { reference, platforms: names, key, wanted, said: said === null ? null : shown(said) };
    return diagnose('expectation-unmet', place, args);
  });
}

function nameOf(platform: Platform | null): string {
  return platform === null ? 'every platform' : formatPlatform(platform);
}
