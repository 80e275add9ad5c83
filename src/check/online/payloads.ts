import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { type Payload, payloadName } from '../../model/payload.js';
import { formatPlatform, type Platform } from '../../model/platform.js';
import { shown } from '../../text/printable.js';
import { writeSize } from '../../text/size.js';
import type { ArtifactLayer } from '../../tools/registry/artifact-layers.js';

/** What a registry has for a payload. */
export type SeenPayload = { readonly payload: Payload } & (
  | {
      readonly kind: 'file';
      readonly bytes: number /** null for a directory. */;
      readonly digest: string | null;
    }
  /** What could have been meant. */
  | { readonly kind: 'absent'; readonly others: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly count: number }
);

/** The payloads of an artifact among its layers. */
export function seenInLayers(
  payloads: readonly Payload[],
  layers: readonly ArtifactLayer[],
): readonly SeenPayload[] {
  const byTitle = layersBy(layers, ({ title }) => title);
  const byMediaType = layersBy(layers, ({ mediaType }) => mediaType);
  return payloads.flatMap((payload): readonly SeenPayload[] => {
    const { source } = payload;
    if (source.kind === 'path') return [];
    const [groups, name] =
      source.kind === 'title' ? [byTitle, source.title] : [byMediaType, source.mediaType];
    const found = groups.get(name) ?? [];
    const [layer] = found;
    if (layer === undefined) return [{ payload, kind: 'absent', others: [...groups.keys()] }];
    if (found.length > 1) return [{ payload, kind: 'ambiguous', count: found.length }];
    return [{ payload, kind: 'file', bytes: layer.size, digest: layer.digest }];
  });
}

/** Those without a name are left out. */
function layersBy(
  layers: readonly ArtifactLayer[],
  nameOf: (layer: ArtifactLayer) => string,
): ReadonlyMap<string, readonly ArtifactLayer[]> {
  const groups = new Map<string, ArtifactLayer[]>();
  for (const layer of layers) {
    const name = nameOf(layer);
    const group = groups.get(name);
    if (name !== '' && group === undefined) groups.set(name, [layer]);
    else group?.push(layer);
  }
  return groups;
}

/** More names are no help. */
const mostNamed = 5;

/** What is wrong with a payload, as far as the registry tells: each thing that would stop it from being taken out. */
export function payloadFindings(
  reference: string,
  platform: Platform | null,
  seen: SeenPayload,
): readonly Diagnostic[] {
  const { source, as, maxBytes, digest, place } = seen.payload;
  const name = `${payloadName(source)}${platform === null ? '' : ` for ${formatPlatform(platform)}`}`;
  switch (seen.kind) {
    case 'absent': {
      const named = seen.others.slice(0, mostNamed).map(shown).join(', ');
      const others = seen.others.length > mostNamed ? `${named}, …` : named;
      return [diagnose('payload-not-there', place, { reference, name, as, others })];
    }
    case 'ambiguous':
      return [diagnose('payload-ambiguous', place, { reference, name, as, count: seen.count })];
    case 'file': {
      const isTooLarge = seen.bytes > maxBytes;
      const sizes = { size: `${seen.bytes} B`, max: writeSize(maxBytes) };
      // Another algorithm may mean the same bytes.
      const isComparable = seen.digest === null || seen.digest.startsWith('sha256:');
      const differs = digest !== undefined && isComparable && seen.digest !== digest;
      return [
        ...(isTooLarge ? [diagnose('payload-too-large', place, { reference, name, as, ...sizes })] : []),
        ...(differs
          ? [diagnose('payload-differs', place, { reference, name, as, digest, now: seen.digest })]
          : []),
      ];
    }
  }
}
