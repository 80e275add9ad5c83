import type { Platform } from '../registry/platform.js';

/** Reads the platform of each image, by ID, from what `podman image inspect` prints (podman 4.3 to 5.8). */
export function parsePlatforms(json: string): ReadonlyMap<string, Platform> {
  const rows = JSON.parse(json) as readonly Record<string, unknown>[];
  return new Map(
    rows.map(({ Id, Architecture, Os }) => [
      String(Id),
      { architecture: String(Architecture), os: String(Os), variant: null },
    ]),
  );
}
