import type { Place } from '../diagnostic/place.js';

/**
 * What of an image or artifact is wanted: a file or directory of an image, by its absolute path, or one layer of an
 * artifact, by the title that its annotation `org.opencontainers.image.title` gives it, or by its media type.
 */
export type PayloadSource =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'title'; readonly title: string }
  | { readonly kind: 'media-type'; readonly mediaType: string };

/** What the next boot needs of an image or artifact as files. */
export interface Payload {
  readonly source: PayloadSource;
  /** Relative, no `..`, below the payload directory. */
  readonly as: string;
  readonly maxBytes: number;
  /** Permission bits of files, 0o000–0o777; undefined: 0o644, and 0o755 for what is executable in the image. */
  readonly mode: number | undefined;
  /** `sha256:HEX` of the file's content. */
  readonly digest: string | undefined;
  /** Where `as` is written. */
  readonly place: Place;
}

/** As it stands in a sentence: `file /gvisor.raw`, `layer with the title gvisor.raw`. */
export function payloadName(source: PayloadSource): string {
  switch (source.kind) {
    case 'path':
      return `file ${source.path}`;
    case 'title':
      return `layer with the title ${source.title}`;
    case 'media-type':
      return `layer of the media type ${source.mediaType}`;
  }
}
