import type { ContentProof } from './image-proof.js';
import { readConfig } from './image-proof.js';
import { proveContent } from './layer-content.js';
import { type Found, layerStructure } from './layer-structure.js';
import { chainOf, type LayerRecord, type StoreFiles } from './store-files.js';

/** Reads the content of images, layer by layer. What is sound is not read again. */
export interface ContentProver {
  /** @throws the reason of `signal`. */
  prove(files: StoreFiles, ids: readonly string[], signal: AbortSignal): Promise<ContentProof>;
}

/** How often it is said how far it is. */
const noteMs = 10_000;

/** `note` is told how far it is, of much that there is to read. */
export function contentProver(note: (text: string) => void): ContentProver {
  const read = layerReader(note);
  return {
    prove: (files, ids, signal) => {
      const wanted = new Map([...new Set(ids)].flatMap((id) => layersOf(files, id)));
      return read(files, [...wanted.values()], signal);
    },
  };
}

/**
 * Reads layers whose content is in doubt, those of which no image is made, too; all others count as sound. Which ones is
 * asked once, when the store is first looked at: a layer that comes later is not in doubt, and one that was, and comes
 * again, is.
 */
export function doubtProver(
  isDoubtful: (layer: string) => boolean,
  note: (text: string) => void,
): DoubtProver {
  const read = layerReader(note);
  let doubtful: ReadonlySet<string> | undefined;
  let damaged: ReadonlySet<string> = new Set();
  let unproved: ReadonlySet<string> = new Set();
  return {
    damaged: () => damaged,
    unproved: () => unproved,
    prove: async (files, _, signal) => {
      doubtful ??= new Set([...files.layers.keys()].filter(isDoubtful));
      const inDoubt = [...doubtful].flatMap((id) => files.layers.get(id) ?? []);
      // What the config of an image says of a layer counts more than the list of layers.
      const said = new Map([...files.images.keys()].flatMap((id) => layersOf(files, id)));
      const wanted = inDoubt.map((layer) => said.get(layer.id) ?? { layer, digest: layer.digest });
      const content = await read(files, wanted, signal);
      const proof: ContentProof = (layer) => (doubtful?.has(layer.id) ? content(layer) : { kind: 'sound' });
      const found = inDoubt.map((layer) => ({ id: layer.id, kind: wholeProof(files, layer, proof).kind }));
      const idsOf = (...kinds: readonly Found['kind'][]) =>
        new Set(found.flatMap(({ id, kind }) => (kinds.includes(kind) ? id : [])));
      damaged = idsOf('damaged');
      unproved = idsOf('damaged', 'unknown');
      return proof;
    },
  };
}

export interface DoubtProver extends ContentProver {
  /** IDs of layers that the last look found damaged. */
  damaged(): ReadonlySet<string>;
  /** IDs of layers that were not sound then. */
  unproved(): ReadonlySet<string>;
}

/** Whether a layer is where podman mounts it from, with the content that it must have. */
function wholeProof(files: StoreFiles, layer: LayerRecord, content: ContentProof): Found {
  const { chain } = chainOf(files, { topLayer: layer.id });
  const structure = layerStructure(files.info, layer, chain.slice(0, -1));
  return structure.kind === 'sound' ? content(layer) : structure;
}

interface WantedLayer {
  readonly layer: LayerRecord;
  /** `algorithm:hex` of its archive, as it must be. */
  readonly digest: string | null;
}

/** Makes a function that reads layers, those only that it has not found sound. @throws the reason of `signal`. */
function layerReader(note: (text: string) => void) {
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
function layersOf(files: StoreFiles, id: string): readonly (readonly [string, WantedLayer])[] {
  const image = files.images.get(id);
  if (image === undefined) return [];
  const { chain } = chainOf(files, image);
  const { layers } = readConfig(image);
  return chain.map((layer, index) => {
    const said = layers.length === chain.length ? layers[index] : null;
    return [layer.id, { layer, digest: typeof said === 'string' ? said : layer.digest }];
  });
}
