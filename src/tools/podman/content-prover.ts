import type { ContentProof } from './image-proof.js';
import { readConfig } from './image-proof.js';
import { proveContent } from './layer-content.js';
import type { Found } from './layer-structure.js';
import { chainOf, type LayerRecord, type StoreFiles } from './store-files.js';

/** Reads the content of images, layer by layer. What is sound is not read again. */
export interface ContentProver {
  /** It reads all of the images that it is asked for: what is not proved then is not there. */
  readonly isDeep: boolean;
  /** @throws the reason of `signal`. */
  prove(files: StoreFiles, ids: readonly string[], signal: AbortSignal): Promise<ContentProof>;
}

/** How often it is said how far it is. */
const noteMs = 10_000;

/** `note` is told how far it is, of much that there is to read. */
export function contentProver(note: (text: string) => void): ContentProver {
  const read = layerReader(note);
  return {
    isDeep: true,
    prove: (files, ids, signal) => {
      const wanted = new Map([...new Set(ids)].flatMap((id) => layersOf(files, id)));
      return read(files, [...wanted.values()], signal);
    },
  };
}

export interface WantedLayer {
  readonly layer: LayerRecord;
  /** `algorithm:hex` of its archive, as it must be. */
  readonly digest: string | null;
}

/** Makes a function that reads layers, those only that it has not found sound. @throws the reason of `signal`. */
export function layerReader(note: (text: string) => void) {
  const known = new Map<string, Found>();
  return async (
    files: StoreFiles,
    wanted: readonly WantedLayer[],
    signal: AbortSignal,
  ): Promise<ContentProof> => {
    const unread = wanted.filter(({ layer }) => known.get(layer.id)?.kind !== 'sound');
    let [toldAt, readBytes] = [performance.now(), 0];
    for (const [index, { layer, digest }] of unread.entries()) {
      const found =
        digest === null
          ? ({ kind: 'unknown', problem: `the digest of its layer ${layer.id} is not known` } as const)
          : await proveContent(files.info, layer, digest, signal, (count) => {
              readBytes += count;
              if (performance.now() - toldAt < noteMs) return;
              toldAt = performance.now();
              note(
                `reading layer ${index + 1} of ${unread.length}: ${Math.round(readBytes / 1e6)} MB so far`,
              );
            });
      known.set(layer.id, found);
    }
    return (layer) =>
      known.get(layer.id) ?? { kind: 'unknown', problem: `its layer ${layer.id} was not read` };
  };
}

/** The config says what a layer must be; the list of layers, what it was when it came. */
export function layersOf(files: StoreFiles, id: string): readonly (readonly [string, WantedLayer])[] {
  const image = files.images.get(id);
  if (image === undefined) return [];
  const { chain } = chainOf(files, image);
  const { layers } = readConfig(image);
  return chain.map((layer, index) => {
    const said = layers.length === chain.length ? layers[index] : null;
    return [layer.id, { layer, digest: typeof said === 'string' ? said : layer.digest }];
  });
}
