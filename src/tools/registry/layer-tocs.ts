import { absentAs, elseAs, list, object } from '../../text/shape.js';
import { digest, readAnswer, size, textOrEmpty, type Unreadable } from './answer.js';

/** Where the table of contents of a layer is. */
export interface LayerToc {
  /** Of the blob of the layer. */
  readonly digest: string;
  /** Of the same, in bytes. */
  readonly size: number;
  readonly format: 'zstd:chunked' | 'estargz';
  /** Of zstd:chunked the digest of the compressed table, of eStargz that of its text. */
  readonly tocDigest: string;
  /** Which bytes of the blob it is; null where the end of the blob says it. */
  readonly part: { readonly from: number; readonly length: number } | null;
}

export interface LayerTocs {
  readonly kind: 'tocs';
  /** The base first; null for a layer without one. */
  readonly layers: readonly (LayerToc | null)[];
}

const names = {
  zstd: 'io.github.containers.zstd-chunked.manifest-checksum',
  zstdPosition: 'io.github.containers.zstd-chunked.manifest-position',
  estargz: 'containerd.io/snapshot/stargz/toc.digest',
} as const;

const text = elseAs('', textOrEmpty);
const manifest = object({
  layers: absentAs(
    [],
    list(
      object({
        digest,
        size,
        annotations: elseAs(
          null,
          object({ [names.zstd]: text, [names.zstdPosition]: text, [names.estargz]: text }),
        ),
      }),
    ),
  ),
});

/**
 * The tables of contents of an image's layers. Sources: `GetTOCDigest` and `readZstdChunkedManifest` in
 * go.podman.io/storage pkg/chunked, and docs/estargz.md of stargz-snapshotter.
 */
export function parseLayerTocs(manifestText: string): LayerTocs | Unreadable {
  return readAnswer((value, at) => {
    const layers = manifest(value, at).layers.map(({ digest, size, annotations }): LayerToc | null => {
      const position = partOf(annotations?.[names.zstdPosition] ?? '', size);
      const zstd = annotations?.[names.zstd] ?? '';
      const estargz = annotations?.[names.estargz] ?? '';
      if (zstd !== '' && position !== null)
        return { digest, size, format: 'zstd:chunked', tocDigest: zstd, part: position };
      return estargz === '' ? null : { digest, size, format: 'estargz', tocDigest: estargz, part: null };
    });
    return { kind: 'tocs', layers } as const;
  }, manifestText);
}

/** `OFFSET:LENGTH:UNCOMPRESSED:TYPE`, where only type 1 is known, and all of it lies in the blob. */
function partOf(position: string, size: number): LayerToc['part'] {
  const [, from, length] = /^(\d{1,15}):(\d{1,15}):\d{1,15}:1$/.exec(position) ?? [];
  if (from === undefined || Number(length) === 0 || Number(from) + Number(length) > size) return null;
  return { from: Number(from), length: Number(length) };
}
