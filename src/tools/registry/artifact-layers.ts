import type { RemoteLayer } from '../../model/remote-image.js';
import { absentAs, elseAs, list, object } from '../../text/shape.js';
import { digest, readAnswer, size, textOrEmpty, type Unreadable } from './answer.js';

/** One file of an artifact. Its digest is that of the file. */
export interface ArtifactLayer extends RemoteLayer {
  readonly mediaType: string;
  /** The name of the file; '' where it has none. */
  readonly title: string;
}

export interface ArtifactLayers {
  readonly kind: 'layers';
  readonly layers: readonly ArtifactLayer[];
}

const titleAnnotation = 'org.opencontainers.image.title';

const manifest = object({
  layers: absentAs(
    [],
    list(
      object({
        digest,
        size,
        mediaType: textOrEmpty,
        annotations: elseAs(null, object({ [titleAnnotation]: textOrEmpty })),
      }),
    ),
  ),
});

/**
 * The files that the manifest of an artifact names.
 * Source: OCI image-spec `manifest.md`, “Guidelines for Artifact Usage”, and `annotations.md`.
 */
export function parseArtifactLayers(text: string): ArtifactLayers | Unreadable {
  return readAnswer((value, at) => {
    const layers = manifest(value, at).layers.map(({ digest, size, mediaType, annotations }) => {
      return { digest, size, mediaType, title: annotations?.[titleAnnotation] ?? '' };
    });
    return { kind: 'layers', layers } as const;
  }, text);
}
