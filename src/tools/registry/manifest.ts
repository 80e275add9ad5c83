import type { Platform } from '../../model/platform.js';
import type { RemoteLayer } from '../../model/remote-image.js';
import {
  digestOf,
  isAbsent,
  type JsonObject,
  listOf,
  objectOf,
  readJson,
  sizeOf,
  textOf,
  type Unreadable,
} from './untrusted-json.js';

/** What a registry has under a name, as far as a pull depends on it. */
export type Manifest = Index | ImageManifest | Schema1Manifest | OtherManifest;

/** An OCI image index or a Docker manifest list. */
export interface Index {
  readonly kind: 'index';
  readonly instances: readonly Instance[];
}

/** A manifest that an index names. */
export interface Instance {
  readonly digest: string;
  /** As written; null where an OCI index says none. */
  readonly platform: Platform | null;
  /** The index says that its layers are compressed with zstd. */
  readonly isZstd: boolean;
}

/** An image in OCI's form or in Docker's schema 2. */
export interface ImageManifest {
  readonly kind: 'image';
  /** The base first; a layer may occur twice. */
  readonly layers: readonly RemoteLayer[];
}

/** An image in Docker's schema 1, which names neither a config nor the sizes of layers. */
export interface Schema1Manifest {
  readonly kind: 'schema-1';
  /** In Go's name, '' for none. */
  readonly architecture: string;
}

/** No image: an artifact, or something that podman does not know either. */
export interface OtherManifest {
  readonly kind: 'other';
  /** Its media type or that of its config, '' when it says none. */
  readonly type: string;
  /** The blobs of an artifact; null where it has no list of them. */
  readonly layers: readonly RemoteLayer[] | null;
}

const imageConfigType = 'application/vnd.oci.image.config.v1+json';
const dockerTypes = {
  image: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;
const zstdAnnotation = 'io.github.containers.compression.zstd';
/** zstd:chunked and eStargz. Source: GetTOCDigest in go.podman.io/storage pkg/chunked/toc/toc.go. */
const tocAnnotations = [
  'io.github.containers.zstd-chunked.manifest-checksum',
  'containerd.io/snapshot/stargz/toc.digest',
] as const;

/**
 * Reads the text of a manifest. Its fields decide what it is, because `mediaType` may be absent; one that is
 * an index as well as an image is refused, as podman refuses it.
 * Source: OCI image-spec `manifest.md` and `image-index.md`, distribution `docs/spec/manifest-v2-2.md`, and
 * ValidateUnambiguousManifestFormat in go.podman.io/image internal/manifest/common.go.
 */
export function parseManifest(text: string): Manifest | Unreadable {
  return readJson(text, (top) => {
    const mediaType = textOf(top.mediaType, 'its mediaType');
    const kinds = [
      !isAbsent(top.manifests) && 'an index',
      !(isAbsent(top.config) && isAbsent(top.layers)) && 'an image',
      !isAbsent(top.fsLayers) && 'an image of schema 1',
    ].filter((kind) => kind !== false);
    if (kinds.length > 1) return { kind: 'unreadable', problem: `it is ${kinds.join(' as well as ')}` };
    switch (kinds[0]) {
      case 'an index':
        return readIndex(top, mediaType === dockerTypes.list);
      case 'an image':
        return readImage(top, mediaType);
      case 'an image of schema 1':
        return { kind: 'schema-1', architecture: textOf(top.architecture, 'its architecture') };
      default:
        return { kind: 'other', type: mediaType, layers: null };
    }
  });
}

function readIndex(top: JsonObject, isDocker: boolean): Index {
  const instances = listOf(top.manifests, 'its list of manifests').map((item, position): Instance => {
    const what = `manifest ${position + 1}`;
    const { digest, platform, annotations } = objectOf(item, what);
    // A Docker list without a platform names the empty one, which nobody wants.
    const hasPlatform = isDocker || !isAbsent(platform);
    return {
      digest: digestOf(digest, `the digest of ${what}`),
      platform: hasPlatform ? readPlatform(platform ?? {}, `the platform of ${what}`) : null,
      isZstd: !isDocker && objectOf(annotations ?? {}, `annotations of ${what}`)[zstdAnnotation] === 'true',
    };
  });
  return { kind: 'index', instances };
}

function readImage(top: JsonObject, mediaType: string): ImageManifest | OtherManifest {
  const config = objectOf(top.config, 'its config');
  const configType = textOf(config.mediaType, 'the mediaType of its config');
  // Docker's own tools have given the config other types as well, which podman takes; of OCI's it does not.
  if (mediaType !== dockerTypes.image && configType !== imageConfigType) {
    const type = textOf(top.artifactType, 'its artifactType') || configType || mediaType;
    return { kind: 'other', type, layers: readLayers(top.layers) };
  }
  return { kind: 'image', layers: readLayers(top.layers) };
}

function readLayers(value: unknown): readonly RemoteLayer[] {
  return listOf(value, 'its list of layers').map((item, position) => {
    const what = `layer ${position + 1}`;
    const { digest, size, annotations } = objectOf(item, what);
    return {
      digest: digestOf(digest, `the digest of ${what}`),
      size: sizeOf(size, `the size of ${what}`),
      tocDigest: readTocDigest(objectOf(annotations ?? {}, `annotations of ${what}`), what),
    };
  });
}

function readTocDigest(annotations: JsonObject, what: string): string | undefined {
  const [digest] = tocAnnotations.flatMap((name) => annotations[name] ?? []);
  return textOf(digest, `the digest of the contents of ${what}`) || undefined;
}

function readPlatform(value: unknown, what: string): Platform {
  const { architecture, os, variant } = objectOf(value, what);
  return {
    architecture: textOf(architecture, `the architecture in ${what}`),
    os: textOf(os, `the os in ${what}`),
    variant: textOf(variant, `the variant in ${what}`) || null,
  };
}

/**
 * The platform that the config of an image names, as written; '' where it names none.
 * Source: OCI image-spec `config.md`.
 */
export function parseConfigPlatform(text: string): (Platform & { readonly kind: 'platform' }) | Unreadable {
  return readJson(text, (top) => ({ kind: 'platform', ...readPlatform(top, 'it') }) as const);
}
