import type { FailureCode } from '../../model/failure.js';
import { canonicalPlatform, formatPlatform, isSuitable, type Platform } from '../../model/platform.js';
import { canonicalName, type RegistryReference, repositoryName } from '../../model/reference/reference.js';
import type { ManifestContent, RemoteContent } from '../../model/remote-content.js';
import type { RemoteImage } from '../../model/remote-image.js';
import { shown } from '../../text/printable.js';
import type { Unreadable } from './answer.js';
import { chooseInstance, listPlatforms } from './choose-instance.js';
import type { Failed, Found, FoundText } from './found.js';
import { type OtherManifest, parseConfigPlatform, parseManifest } from './manifest.js';

export type { RemoteLayer } from '../../model/remote-image.js';

export type Looked = LookedAt | Failed;

export interface LookedAt extends Pick<RemoteContent, 'manifests' | 'config' | 'hasForeignLayers'> {
  readonly kind: 'found';
  readonly image: Omit<RemoteImage, 'content'>;
  /** Of the manifest for the platform, which is another one than the image's where that is of an index. */
  readonly instanceDigest: string;
}

/** What is asked of a registry about an image. Names are `registry/repository`, followed by `:tag` or `@digest`. */
export interface Ask {
  /** A manifest, or an index. */
  manifest(name: string): Promise<Found | Failed>;
  /** A config, by its own digest. */
  config(name: string): Promise<FoundText | Failed>;
}

/**
 * Finds out what podman would pull for `reference`, with two questions: an index and the manifest that it has
 * for the platform, or a manifest and its config. The first is about `canonicalName(reference)`.
 * An image for another platform is a failure, also one outside of an index, which podman would pull with no
 * more than a warning. podman prefers images with zstd layers since 4.5.
 */
export async function lookUpImage(
  ask: Ask,
  reference: RegistryReference,
  wanted: Platform,
  prefersZstd: boolean,
): Promise<Looked> {
  const named = await ask.manifest(canonicalName(reference));
  if (named.kind === 'failed') return named;
  const repository = repositoryName(reference);
  const top = parseManifest(named.text);
  if (top.kind !== 'index') return await describe(ask, repository, { named, manifest: top }, wanted);

  const instance = chooseInstance(top.instances, wanted, prefersZstd);
  if (instance === null) {
    const has = listPlatforms(top.instances);
    return failed('no-platform', `the index has no image for ${showPlatform(wanted)}; it has ${has}`);
  }
  const chosen = await ask.manifest(`${repository}@${instance.digest}`);
  if (chosen.kind === 'failed') return chosen;
  const manifest = parseManifest(chosen.text);
  return await describe(ask, repository, { named, chosen, manifest, platform: instance.platform }, wanted);
}

/** An artifact has no platform; podman takes one that a manifest describes, and none from an index. */
export function describeArtifact(named: Found): Looked {
  const manifest = parseManifest(named.text);
  if (manifest.kind === 'unreadable') return unreadable('manifest', manifest);
  if (manifest.kind !== 'image' && manifest.kind !== 'other') {
    return failed('unknown', 'this is not an artifact, but an image for several platforms or of an old kind');
  }
  const { digest } = named;
  const { config, hasForeignLayers } = manifest;
  return {
    kind: 'found',
    image: { digest, layers: manifest.layers },
    instanceDigest: digest,
    manifests: [contentOf(named)],
    config: config && { ...config, bytes: null },
    hasForeignLayers,
  };
}

/** The digest of what is named, once it is known to be an image, for whatever platform, and not a proxy's web page. */
export function readDigest(
  named: Found | Failed,
): { readonly kind: 'found'; readonly digest: string } | Failed {
  if (named.kind === 'failed') return named;
  const manifest = parseManifest(named.text);
  if (manifest.kind === 'unreadable') return unreadable('manifest', manifest);
  if (manifest.kind === 'other') return noImage(manifest);
  return { kind: 'found', digest: named.digest };
}

/** A manifest that was named, or chosen from the index that was named. */
interface Fetched {
  readonly named: Found;
  readonly chosen?: Found;
  readonly manifest: ReturnType<typeof parseManifest>;
  /** That which the index names; null where it is the config's to say. */
  readonly platform?: Platform | null;
}

async function describe(
  ask: Ask,
  repository: string,
  { named, chosen = named, manifest, platform = null }: Fetched,
  wanted: Platform,
): Promise<Looked> {
  const { digest } = named;
  const instanceDigest = chosen.digest;
  const manifests = [...new Set([named, chosen])].map(contentOf);
  switch (manifest.kind) {
    case 'unreadable':
      return unreadable('manifest', manifest);
    case 'index':
      return failed(
        'no-platform',
        `the index names another index for ${showPlatform(wanted)}, which podman refuses`,
      );
    case 'other':
      return noImage(manifest);
    case 'schema-1': {
      const said = { os: '', architecture: manifest.architecture, variant: null };
      const refusal = platform === null ? refuse(said, wanted) : null;
      return (
        refusal ?? {
          kind: 'found',
          image: { digest, layers: null },
          instanceDigest,
          manifests,
          config: null,
          hasForeignLayers: false,
        }
      );
    }
    case 'image': {
      const { config, layers, hasForeignLayers } = manifest;
      const found = { kind: 'found', image: { digest, layers }, instanceDigest, manifests } as const;
      if (platform !== null) return { ...found, config: { ...config, bytes: null }, hasForeignLayers };
      const read = await ask.config(`${repository}@${config.digest}`);
      if (read.kind === 'failed') return read;
      const refusal = refuseConfig(read, wanted);
      if (refusal !== null) return refusal;
      return { ...found, config: { ...config, bytes: read.bytes }, hasForeignLayers };
    }
  }
}

function noImage({ type }: OtherManifest): Failed {
  return failed('unknown', `this is not an image, but ${shown(type) || 'something of no type'}`);
}

function contentOf({ digest, mediaType, bytes }: Found): ManifestContent {
  return { digest, mediaType, bytes };
}

function refuseConfig(config: FoundText, wanted: Platform): Failed | null {
  const said = parseConfigPlatform(config.text);
  return said.kind === 'unreadable' ? unreadable('config', said) : refuse(said, wanted);
}

/** The failure of an image that says itself to be for another platform; what it leaves out is as wanted. */
function refuse({ os, architecture, variant }: Platform, wanted: Platform): Failed | null {
  const platform = canonicalPlatform({
    os: os || wanted.os,
    architecture: architecture || wanted.architecture,
    variant,
  });
  if (isSuitable(platform, wanted)) return null;
  return failed(
    'no-platform',
    `the image is for ${showPlatform(platform)}, and ${showPlatform(wanted)} is wanted`,
  );
}

/** Both platforms come from outside: from a registry, or from a unit. */
function showPlatform(platform: Platform): string {
  return shown(formatPlatform(platform));
}

/** Trying again may help, if the content was damaged on its way; podman may also read what we do not. */
export function unreadable(what: string, { problem }: Unreadable): Failed {
  const message = `the registry's ${what} cannot be read: ${problem}`;
  return { kind: 'failed', failure: { code: 'corrupt', kind: 'transient', message, hint: null } };
}

function failed(code: FailureCode, message: string): Failed {
  return { kind: 'failed', failure: { code, kind: 'permanent', message, hint: null } };
}
