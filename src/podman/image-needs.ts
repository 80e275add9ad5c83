import { isObject } from '../state/shape.js';

/**
 * Reads what `podman image inspect --format json` prints of several images: the layers of each by its ID, from the
 * bottom up. A list of images for several platforms shows the one that is for this machine.
 */
export function parseImageLayers(json: string): ReadonlyMap<string, readonly string[]> {
  const rows: unknown = JSON.parse(json);
  if (!Array.isArray(rows)) throw new TypeError('podman printed no array of images');
  return new Map(
    rows.map(({ Id, RootFS }: Record<string, unknown>) => {
      const layers = isObject(RootFS) && Array.isArray(RootFS.Layers) ? RootFS.Layers.map(String) : [];
      return [String(Id), layers];
    }),
  );
}
