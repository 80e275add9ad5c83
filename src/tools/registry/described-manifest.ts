import type { Platform } from '../../model/platform.js';
import { absentAs, anything, elseAs, list, object, record, type Shape } from '../../text/shape.js';
import { digest, readAnswer, size, textOrEmpty, type Unreadable } from './answer.js';

/** What a manifest or an index says of itself, for whoever looks at it. */
export interface DescribedManifest {
  readonly kind: 'described';
  /** As written; '' where it says none. */
  readonly mediaType: string;
  readonly artifactType: string;
  readonly annotations: ReadonlyMap<string, string>;
  /** Of an index; null for a manifest. */
  readonly instances: readonly DescribedInstance[] | null;
  readonly configType: string;
  /** Of an image, the base first. */
  readonly layers: readonly DescribedLayer[];
}

export interface DescribedInstance {
  readonly mediaType: string;
  readonly artifactType: string;
  readonly digest: string;
  /** Of the manifest itself, in bytes. */
  readonly size: number;
  readonly platform: Platform | null;
  readonly annotations: ReadonlyMap<string, string>;
}

export interface DescribedLayer {
  readonly mediaType: string;
  /** `algorithm:hex` */
  readonly digest: string;
  readonly size: number;
  /** The name of a file; '' where it has none. */
  readonly title: string;
  readonly annotations: ReadonlyMap<string, string>;
}

const titleAnnotation = 'org.opencontainers.image.title';

const annotations: Shape<ReadonlyMap<string, string>> = (value, at) =>
  new Map(Object.entries(elseAs({}, absentAs({}, record(textOrEmpty)))(value, at)));

const platform = object({ architecture: textOrEmpty, os: textOrEmpty, variant: textOrEmpty });

const instance = object({
  mediaType: textOrEmpty,
  artifactType: elseAs('', textOrEmpty),
  digest,
  size: absentAs(0, size),
  platform: absentAs(null, platform),
  annotations,
});

const layer = object({ mediaType: textOrEmpty, digest, size, annotations });

const described = object({
  mediaType: textOrEmpty,
  artifactType: elseAs('', textOrEmpty),
  annotations,
  manifests: absentAs(null, list(instance)),
  config: absentAs({ mediaType: '' }, object({ mediaType: textOrEmpty })),
  layers: absentAs([], list(layer)),
  fsLayers: anything,
});

/** Source: OCI image-spec `manifest.md`, `image-index.md` and `annotations.md`. */
export function describeManifest(text: string): DescribedManifest | Unreadable {
  return readAnswer((value, at) => {
    const { manifests, config, layers, mediaType, artifactType, annotations: own } = described(value, at);
    return {
      kind: 'described',
      mediaType,
      artifactType,
      annotations: own,
      configType: config.mediaType,
      instances:
        manifests?.map(({ platform: named, ...rest }) => ({
          ...rest,
          platform: named && {
            os: named.os,
            architecture: named.architecture,
            variant: named.variant || null,
          },
        })) ?? null,
      layers: layers.map((each) => ({ ...each, title: each.annotations.get(titleAnnotation) ?? '' })),
    } as const;
  }, text);
}
