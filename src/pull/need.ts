import type { Failure } from '../model/failure.js';
import type { PlannedImage } from '../model/plan.js';
import { canonicalName, type RegistryReference, repositoryName } from '../model/reference/reference.js';
import type { RemoteContent } from '../model/remote-content.js';
import { layersOfModules, type ResolvedImage } from '../model/resolved-image.js';
import { isStored } from '../plan/plan.js';
import type { PartialPulls } from '../tools/podman/storage-conf.js';
import type { ServedImage } from '../tools/relay/relay.js';
import type { BlobNeed, ImageNeed } from './engine/model.js';

/** What a run knows that decides how an image is pulled. */
export interface Circumstances {
  /** Why every image is pulled directly; null where it need not be. */
  readonly direct: string | null;
  /** podman may pull nothing from a registry by itself: it would heed no limit of the rate. */
  readonly isLimited: boolean;
  /** Whether a registry's image of that name in full fits behind the relay. */
  readonly fits: (name: string) => boolean;
  readonly partialPulls: PartialPulls;
  /** Digests of the layers that the store has. */
  readonly stored: ReadonlySet<string>;
}

/** An image as the engine needs it; null for one that has to be looked up first. `why`: podman pulls it by itself. */
export interface Need {
  readonly need: ImageNeed | null;
  readonly why: string | null;
}

/** Why an image cannot be pulled that podman would pull by itself. */
export function beyondLimit(why: string): Failure {
  return {
    code: 'unsupported',
    kind: 'permanent',
    message: `podman would have to pull it by itself, without a limit of the rate: ${why}`,
    hint: 'pull it without a limit, or let podman pull by itself what it has to',
    reason: { kind: 'beyond-rate-limit' },
  };
}

/** How an image can be pulled, as far as the plan knows. */
export function needOf(planned: PlannedImage, circumstances: Circumstances): Need {
  const { resolved, content, lookUpFailure } = planned;
  const { reference, options } = resolved.image;
  if (reference.transport !== 'docker') return { need: directNeed(planned), why: null };
  const why = circumstances.direct ?? directly(planned, circumstances);
  if (why !== null) return { need: directNeed(planned), why };
  if (content === null || options.allTags?.value || lookUpFailure !== null) return { need: null, why: null };
  return { need: relayNeed(planned, content, circumstances), why: null };
}

/** Why podman pulls an image by itself; null where it need not. */
function directly(
  { resolved, content, lookUpFailure }: PlannedImage,
  { fits }: Circumstances,
): string | null {
  if (resolved.image.options.allTags?.value) return 'which tags there are could not be told';
  if (lookUpFailure?.code === 'unsupported') return lookUpFailure.message;
  if (content?.hasForeignLayers) return 'its manifest names other servers for its layers';
  if (content !== null && !fits(content.name)) return 'its name is too long';
  return null;
}

function directNeed({ resolved, layers }: PlannedImage): ImageNeed {
  const { registry } = nameOf(resolved);
  return {
    way: 'direct',
    // What is not known may be shared: such images of one registry come one after the other.
    group: (layers === null ? registry[0] : undefined) ?? resolved.image.reference.text,
    isAlone: false,
    blobs: null,
    sources: registry,
  };
}

function nameOf({ image: { reference } }: ResolvedImage): { readonly registry: readonly string[] } {
  const registry = reference.transport === 'docker' ? reference.registry : null;
  return { registry: registry === null ? [] : [registry] };
}

function relayNeed(
  { resolved, layers }: PlannedImage,
  content: RemoteContent,
  { partialPulls, stored }: Circumstances,
): ImageNeed {
  const missing = (layers ?? []).filter((layer) => !layer.present && !isStored(layer, stored));
  const { config } = content;
  const blobs: BlobNeed[] = [
    ...(config === null || config.bytes !== null
      ? []
      : [{ digest: config.digest, size: config.size, isPartial: false }]),
    ...missing.map(({ digest, size, tocDigest }) => ({
      digest,
      size,
      isPartial: partialPulls === 'all' || (partialPulls === 'chunked' && tocDigest !== undefined),
    })),
  ];
  return {
    way: 'relay',
    group: groupOf(resolved),
    isAlone: resolved.image.kind === 'artifact',
    blobs: layers === null ? null : blobs,
    sources: content.sources.map(({ registry }) => registry),
  };
}

/** Keys are secrets: each has a number instead. */
const keys = new WeakMap<object, number>();
let keyCount = 0;

/** The same for images that one podman can pull, because it gets the same options for them. */
function groupOf({ image, decryptionKey, modules }: ResolvedImage): string {
  const { arch, os, variant } = image.options;
  if (decryptionKey !== undefined && !keys.has(decryptionKey)) {
    keyCount += 1;
    keys.set(decryptionKey, keyCount);
  }
  const key = decryptionKey === undefined ? null : keys.get(decryptionKey);
  const platform = [arch, os, variant].map((option) => option?.value ?? null);
  return JSON.stringify([image.kind, platform, key, layersOfModules(modules) ?? null]);
}

/** What the relay answers for an image. */
export function servedImage(
  reference: RegistryReference,
  { layers }: Pick<PlannedImage, 'layers'>,
  content: RemoteContent,
  need: ImageNeed,
): ServedImage {
  const asked = canonicalName(reference).slice(repositoryName(reference).length + 1);
  return {
    reference: asked,
    content,
    layers: new Map((layers ?? []).map(({ digest, size }) => [digest, size])),
    partial: new Set((need.blobs ?? []).flatMap(({ digest, isPartial }) => (isPartial ? digest : []))),
  };
}
