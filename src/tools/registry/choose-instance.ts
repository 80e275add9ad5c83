import { formatPlatform, type Platform, suitableVariants } from '../../model/platform.js';
import { shown } from '../../text/printable.js';
import type { Instance } from './manifest.js';

/**
 * The image of an index that podman would pull for `wanted`, null when it would find none: the best variant,
 * else an image whose platform the index does not name; the first among equals, or the first one with zstd
 * layers where podman prefers those, which it does since 4.5.
 * Source: chooseInstance in go.podman.io/image internal/manifest/oci_index.go, ChooseInstance in
 * docker_schema2_list.go there and in the image library of podman 4.3.
 */
export function chooseInstance(
  instances: readonly Instance[],
  wanted: Platform,
  prefersZstd: boolean,
): Instance | null {
  const first = (isCandidate: (platform: Platform | null) => boolean): Instance | undefined => {
    const candidates = instances.filter(({ platform }) => isCandidate(platform));
    return (prefersZstd ? candidates.find(({ isZstd }) => isZstd) : undefined) ?? candidates[0];
  };
  for (const variant of suitableVariants(wanted)) {
    const found = first((platform) => platform !== null && isSame(platform, { ...wanted, variant }));
    if (found !== undefined) return found;
  }
  return first((platform) => platform === null) ?? null;
}

function isSame(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture && a.variant === b.variant;
}

const mostListed = 10;

/** The platforms that an index names, for a message; without those of attestations and the like. */
export function listPlatforms(instances: readonly Instance[]): string {
  const named = instances.flatMap(({ platform }) => (platform?.architecture ? formatPlatform(platform) : []));
  const platforms = [...new Set(named)].filter((text) => text !== 'unknown/unknown');
  const more = platforms.length - mostListed;
  const listed = platforms.slice(0, mostListed).map(shown);
  return [...listed, ...(more > 0 ? [`${more} more`] : [])].join(', ') || 'no platform';
}
