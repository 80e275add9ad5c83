import type { DescribedLayer } from '../tools/registry/described-manifest.js';

/** What a layer of an artifact may be to the next boot, by its title and media type. */
export type CandidateKind = 'extension' | 'kernel' | 'initramfs' | 'uki' | 'file';

/** A layer that may be bound as a payload. */
export interface Candidate extends Pick<DescribedLayer, 'title' | 'mediaType' | 'digest' | 'size'> {
  readonly looksLike: CandidateKind;
}

/** Sources: systemd-sysext(8), Unified Kernel Images of the UAPI group; names as distributions use them. */
const kinds: readonly (readonly [CandidateKind, RegExp])[] = [
  ['extension', /\.raw$|sysext|confext|\bextension\b/i],
  ['initramfs', /initr(?:d|amfs)/i],
  ['uki', /\.efi$|\buki\b/i],
  ['kernel', /vmlinu[xz]|\bkernel\b|\bbzimage\b/i],
];

/** The layers of the root of an image (OCI image-spec `layer.md`, and Docker’s). */
const ofRoot = ['application/vnd.oci.image.layer.', 'application/vnd.docker.image.rootfs.'];

/** @param isImage its layers are those of a root, but for such as have a title and another media type */
export function candidatesIn(layers: readonly DescribedLayer[], isImage: boolean): readonly Candidate[] {
  return layers
    .filter(({ mediaType }) => !isImage || !ofRoot.some((begin) => mediaType.startsWith(begin)))
    .map(({ title, mediaType, digest, size }) => {
      const looksLike =
        kinds.find(([, pattern]) => pattern.test(title) || pattern.test(mediaType))?.[0] ?? 'file';
      return { title, mediaType, digest, size, looksLike };
    });
}
