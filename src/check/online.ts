import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Place } from '../diagnostic/place.js';
import type { TagOf } from '../fix/tag-comment.js';
import type { BoundImage } from '../model/bound-image.js';
import { canonicalPlatform, formatPlatform, type Platform, wantedPlatform } from '../model/platform.js';
import type { RegistryReference } from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { expandAll } from '../plan/expand-tags.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import { findingOf, findingsOf, type NamedTags } from './online/findings.js';
import { see } from './online/seen.js';

/** What a registry says of one bound image. */
export interface OnlineImage {
  readonly reference: string;
  /** Of the index or manifest that it names; null where the registry did not say. */
  readonly digest: string | null;
  /** Those that were looked for and found. */
  readonly platforms: readonly OnlinePlatform[];
}

export interface OnlinePlatform {
  /** `linux/arm64`; null for an artifact, which has none. */
  readonly platform: string | null;
  /** Of its manifest. */
  readonly digest: string;
  /** What a host downloads that has none of its layers, in bytes; null where the registry tells no sizes. */
  readonly bytes: number | null;
}

export interface Online {
  readonly images: readonly OnlineImage[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a registry has something to say about the image: it is no file, and nothing is wrong with it so far. */
export function isInRegistry({ valid, image: { reference } }: ResolvedImage): boolean {
  return valid && reference.transport === 'docker';
}

/**
 * Asks the registries for what a root binds.
 *
 * @param platforms those that the image's hosts have, for bound images that do not say their own; without any, that
 * of this machine
 * @param tagOf reads the tag of an image with a digest
 */
export async function checkOnline(
  images: readonly ResolvedImage[],
  platforms: readonly Platform[],
  ask: AskRegistry,
  tagOf: TagOf,
): Promise<Online> {
  const tags = (resolved: ResolvedImage) => ask(resolved, (asker) => asker.tags());
  const hosts = platforms.length === 0 ? [hostPlatform()] : platforms.map(canonicalPlatform);
  const expanded = await expandAll(images.filter(isInRegistry), { tags });
  const checked = await Promise.all(expanded.map((image) => checkImage(image, hosts, ask, tagOf)));
  return {
    images: checked.map(({ image }) => image),
    diagnostics: checked.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface Checked {
  readonly image: OnlineImage;
  readonly diagnostics: readonly Diagnostic[];
}

async function checkImage(
  resolved: ResolvedImage,
  hosts: readonly Platform[],
  ask: AskRegistry,
  tagOf: TagOf,
): Promise<Checked> {
  const { image } = resolved;
  const reference = inRegistry(resolved);
  const unknown: OnlineImage = { reference: reference.text, digest: null, platforms: [] };
  const { arch, os, variant } = image.options;
  const saysItself = (arch ?? os ?? variant) !== undefined;
  const wanted = saysItself
    ? [wantedPlatform(image.options, hostPlatform())]
    : hosts.map((host) => wantedPlatform(image.options, host));
  const tags = tagsOf(image, reference, tagOf);
  const seen = await ask(resolved, (asker) => see(asker, image, reference, wanted, [...tags.keys()]));
  if (seen.kind === 'failed') return { image: unknown, diagnostics: [findingOf(image, seen.error)] };
  return {
    image: {
      reference: reference.text,
      digest: seen.digest,
      platforms: seen.platforms
        .filter((each) => each.kind === 'found')
        .map(({ platform, digest, bytes }) => ({
          platform: platform === null ? null : formatPlatform(platform),
          digest,
          bytes,
        })),
    },
    diagnostics: await findingsOf(image, reference, seen, tags),
  };
}

/** People read the tag beside a digest, where podman goes by the digest alone. */
function tagsOf({ sources }: BoundImage, reference: RegistryReference, tagOf: TagOf): NamedTags {
  const tags = new Map<string, Place>();
  if (reference.digest === null) return tags;
  for (const place of sources) {
    const tag = tagOf(reference, place);
    if (tag !== null && !tags.has(tag)) tags.set(tag, place);
  }
  return tags;
}

function inRegistry({ image: { reference } }: ResolvedImage): RegistryReference {
  if (reference.transport !== 'docker') throw new Error(`not in a registry: ${reference.text}`);
  return reference;
}
