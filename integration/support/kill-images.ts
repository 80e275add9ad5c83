import type { ImageSource } from './image-source.js';
import type { LayerSpec } from './layer.js';
import { pushImage } from './push-image.js';

const kib = 1024;

/** Each layer brings files of its own and replaces one of the layer below. */
function layer(seed: string, sizeBytes = 160 * kib): LayerSpec {
  return { seed, sizeBytes, files: { [`etc/layers/${seed}`]: `${seed}\n`, 'etc/top': `${seed}\n` } };
}

const base = [layer('base-1', 300 * kib), layer('base-2'), layer('base-3', 80 * kib)];
const chain = [layer('chain-1'), layer('chain-2'), layer('chain-3')];

/** A family on one base, a chain in which each image goes on where another one ends, and one image apart. */
const images: Readonly<Record<string, readonly LayerSpec[]>> = {
  'family/a': [...base, layer('a-1')],
  'family/b': [...base, layer('b-1'), layer('b-2')],
  'chain/1': chain.slice(0, 1),
  'chain/2': chain.slice(0, 2),
  'chain/3': chain,
  'apart/d': [layer('d-1', 300 * kib), layer('d-2')],
};

/** Puts images there of which most share layers with others; returns references to them, with their digests. */
export async function pushSharedLayers({ layout, registry, proxy }: ImageSource): Promise<readonly string[]> {
  const references: string[] = [];
  for (const [name, layers] of Object.entries(images)) {
    const { digest, mediaType, size } = await layout.addImage({ layers });
    await pushImage(registry.host, `${name}:1`, layout, { digest, mediaType, size });
    references.push(`${proxy.host}/${name}@${digest}`);
  }
  return references;
}
