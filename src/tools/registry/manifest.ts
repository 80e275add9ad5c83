import type { Platform } from '../../model/platform.js';
import type { RemoteLayer } from '../../model/remote-image.js';
import { absentAs, anything, elseAs, list, mismatch, object, type Shape, text } from '../../text/shape.js';
import { digest, readAnswer, size, textOrEmpty, type Unreadable } from './answer.js';

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
  readonly config: NamedBlob;
  /** The base first; a layer may occur twice. */
  readonly layers: readonly RemoteLayer[];
  /** A layer is to be had at other servers, too (`urls`). */
  readonly hasForeignLayers: boolean;
}

export interface NamedBlob {
  readonly digest: string;
  /** In bytes; null where the manifest says none. */
  readonly size: number | null;
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
  readonly config: NamedBlob | null;
  /** The blobs of an artifact; null where it has no list of them. */
  readonly layers: readonly RemoteLayer[] | null;
  readonly hasForeignLayers: boolean;
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

/** Absent and `null` are the empty list, as in Go, which writes an empty list as `null`. */
const listOrEmpty = <T>(item: Shape<T>) => absentAs([], list(item));

const platform = object({ architecture: textOrEmpty, os: textOrEmpty, variant: textOrEmpty });

const toc = absentAs(undefined, text);
const tocTexts = absentAs(undefined, object({ [tocAnnotations[0]]: toc, [tocAnnotations[1]]: toc }));

const layers = listOrEmpty(
  object({ digest, size, annotations: tocTexts, urls: absentAs([], list(anything)) }),
);

const outline = object({
  mediaType: textOrEmpty,
  manifests: absentAs(null, anything),
  config: absentAs(null, anything),
  layers: absentAs(null, anything),
  fsLayers: absentAs(null, anything),
});

const index = object({
  manifests: listOrEmpty(
    object({
      digest,
      platform: absentAs(null, platform),
      annotations: absentAs(null, object({ [zstdAnnotation]: anything })),
    }),
  ),
});

const image = object({
  artifactType: elseAs('', textOrEmpty),
  config: object({ mediaType: textOrEmpty, digest: absentAs(null, digest), size: absentAs(null, size) }),
  layers,
});

const schema1 = object({ architecture: textOrEmpty });

/** Its fields decide what it is, because `mediaType` may be absent. */
const manifest: Shape<Manifest> = (value, at) => {
  const top = outline(value, at);
  const kinds = [
    top.manifests !== null && 'an index',
    (top.config !== null || top.layers !== null) && 'an image',
    top.fsLayers !== null && 'an image of schema 1',
  ].filter((kind) => kind !== false);
  if (kinds.length > 1) return mismatch(at, `is ${kinds.join(' as well as ')}`);
  switch (kinds[0]) {
    case 'an index':
      return indexOf(index(value, at), top.mediaType === dockerTypes.list);
    case 'an image':
      return imageOf(image(value, at), top.mediaType, at);
    case 'an image of schema 1':
      return { kind: 'schema-1', architecture: schema1(value, at).architecture };
    default:
      return { kind: 'other', type: top.mediaType, config: null, layers: null, hasForeignLayers: false };
  }
};

/**
 * Reads the text of a manifest. One that is an index as well as an image is refused, as podman refuses it.
 * Source: OCI image-spec `manifest.md` and `image-index.md`, distribution `docs/spec/manifest-v2-2.md`, and
 * ValidateUnambiguousManifestFormat in go.podman.io/image internal/manifest/common.go.
 */
export function parseManifest(text: string): Manifest | Unreadable {
  return readAnswer(manifest, text);
}

function indexOf({ manifests }: ReturnType<typeof index>, isDocker: boolean): Index {
  const instances = manifests.map(({ digest, platform, annotations }): Instance => {
    // A Docker list without a platform names the empty one, which nobody wants.
    const named = platform ?? (isDocker ? noPlatform : null);
    return {
      digest,
      platform: named && platformOf(named),
      isZstd: !isDocker && annotations?.[zstdAnnotation] === 'true',
    };
  });
  return { kind: 'index', instances };
}

function imageOf(
  { artifactType, config, layers }: ReturnType<typeof image>,
  mediaType: string,
  at: Parameters<Shape<unknown>>[1],
): ImageManifest | OtherManifest {
  const read = layers.map(({ digest, size, annotations }) => ({
    digest,
    size,
    tocDigest:
      tocAnnotations.map((name) => annotations?.[name]).find((digest) => digest !== undefined) || undefined,
  }));
  const hasForeignLayers = layers.some(({ urls }) => urls.length > 0);
  const named = config.digest === null ? null : { digest: config.digest, size: config.size };
  // Docker's own tools have given the config other types as well, which podman takes; of OCI's it does not.
  if (mediaType !== dockerTypes.image && config.mediaType !== imageConfigType) {
    const type = artifactType || config.mediaType || mediaType;
    return { kind: 'other', type, config: named, layers: read, hasForeignLayers };
  }
  if (named === null) return mismatch(at, 'names no config by a digest');
  return { kind: 'image', config: named, layers: read, hasForeignLayers };
}

const noPlatform: ReturnType<typeof platform> = { architecture: '', os: '', variant: '' };

function platformOf({ architecture, os, variant }: ReturnType<typeof platform>): Platform {
  return { architecture, os, variant: variant || null };
}

/**
 * The platform that the config of an image names, as written; '' where it names none.
 * Source: OCI image-spec `config.md`.
 */
export function parseConfigPlatform(text: string): (Platform & { readonly kind: 'platform' }) | Unreadable {
  return readAnswer((value, at) => ({ kind: 'platform', ...platformOf(platform(value, at)) }) as const, text);
}
