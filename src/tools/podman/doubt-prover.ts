import { type ContentProver, layerReader, layersOf } from './content-prover.js';
import { layersWithoutImage } from './damaged-layers.js';
import type { ContentProof } from './image-proof.js';
import { type Found, layerStructure } from './layer-structure.js';
import { chainOf, type LayerRecord, type StoreFiles } from './store-files.js';

/** Reads the layers whose content is in doubt, of whichever image, and of none. */
export interface DoubtProver extends ContentProver {
  /** IDs of layers that the last look found damaged, or could not prove; `undefined` before a look has come to its end. */
  unproved(): ReadonlySet<string> | undefined;
}

/**
 * What is in doubt is asked once, when the store is first looked at: a layer that comes later is not, nor is one that
 * was gone in between. All others count as sound, and what is in doubt and cannot be proved as damaged: it can be pulled
 * anew.
 */
export function doubtProver(
  isDoubtful: (layer: string) => boolean,
  note: (text: string) => void,
): DoubtProver {
  const read = layerReader(note);
  let doubtful: ReadonlySet<string> | undefined;
  let unproved: ReadonlySet<string> | undefined;
  return {
    isDeep: false,
    unproved: () => unproved,
    prove: async (files, _, signal) => {
      const free = layersWithoutImage(files);
      const ids = doubtful ?? [...files.layers.keys()].filter(isDoubtful);
      const inDoubt = [...ids].flatMap((id) => files.layers.get(id) ?? []).filter(isReusable(free));
      doubtful = new Set(inDoubt.map(({ id }) => id));
      // What the config of an image says of a layer counts more than the list of layers.
      const said = new Map([...files.images.keys()].flatMap((id) => layersOf(files, id)));
      const wanted = inDoubt.map((layer) => said.get(layer.id) ?? { layer, digest: layer.digest });
      const content = await read(files, wanted, signal);
      const found = new Map(inDoubt.map((layer) => [layer.id, judged(files, layer, content)]));
      unproved = new Set([...found].flatMap(([id, { kind }]) => (kind === 'sound' ? [] : id)));
      return ({ id }) => found.get(id) ?? { kind: 'sound' };
    },
  };
}

/** That of a container is not: podman finds layers by what they were fetched as. */
function isReusable(free: ReadonlySet<string>) {
  return ({ id, digest, tocDigest }: LayerRecord) => !free.has(id) || digest !== null || tocDigest !== null;
}

function judged(files: StoreFiles, layer: LayerRecord, content: ContentProof): Found {
  const { chain } = chainOf(files, { topLayer: layer.id });
  const structure = layerStructure(files.info, layer, chain.slice(0, -1));
  const found = structure.kind === 'damaged' ? structure : content(layer);
  if (found.kind !== 'unknown') return found;
  return { kind: 'damaged', problem: `the power may have gone while it was written, and ${found.problem}` };
}
