import type { PullOptions } from './bound-image.js';

/** In Go's names, as in an OCI descriptor. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant: string | null;
}

/** `linux/arm/v7` */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === null ? [] : [variant])].join('/');
}

/**
 * The platform for which podman would pull an image on `host`. The variant of the host's processor counts
 * only where no architecture was asked for.
 * Source: Normalize in go.podman.io/common libimage/platform, WantedPlatforms in go.podman.io/image
 * internal/pkg/platform/platform_matcher.go.
 */
export function wantedPlatform(options: PullOptions, host: Platform): Platform {
  const os = options.os?.value ?? '';
  const architecture = options.arch?.value ?? '';
  const variant = options.variant?.value ?? '';
  const [canonical, canonicalVariant] = canonicalArchitecture(architecture, variant);
  const asked = canonicalPlatform({
    os: os || host.os,
    architecture: canonical || host.architecture,
    variant: canonicalVariant || variant || null,
  });
  return {
    os: asked.os,
    architecture: asked.architecture,
    variant: asked.variant ?? (architecture === '' ? host.variant : null),
  };
}

/**
 * The platform with other names for the same replaced: `x86_64` is `amd64`, `arm64/8` is `arm64/v8`. An
 * architecture may be written with its variant, as `arm/v7`. What is no platform stays as it is.
 * Source: Parse in github.com/containerd/platforms platforms.go.
 */
export function canonicalPlatform(platform: Platform): Platform {
  const parts = formatPlatform(platform).split('/');
  const [os = '', architecture = '', variant] = parts;
  if (parts.length > 3 || !parts.every((part) => /^[\w.-]+$/.test(part))) return platform;
  const [canonical, canonicalVariant] = canonicalArchitecture(architecture, variant ?? '');
  return {
    os: os.toLowerCase() === 'macos' ? 'darwin' : os.toLowerCase(),
    architecture: canonical,
    variant: (variant === undefined ? withoutDefault : withDefault)(canonical, canonicalVariant) || null,
  };
}

function withoutDefault(architecture: string, variant: string): string {
  return architecture === 'arm' && variant === 'v7' ? '' : variant;
}

function withDefault(architecture: string, variant: string): string {
  return architecture === 'arm64' && variant === '' ? 'v8' : variant;
}

/** Architecture and variant; '' for none. Source: normalizeArch in github.com/containerd/platforms database.go. */
function canonicalArchitecture(name: string, variantName: string): readonly [string, string] {
  const variant = variantName.toLowerCase();
  const architecture = name.toLowerCase();
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      if (/^(?:8|v8|v8\.0)$/.test(variant)) return ['arm64', ''];
      return ['arm64', /^(?:9|9\.0|v9\.0)$/.test(variant) ? 'v9' : variant];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      if (variant === '') return ['arm', 'v7'];
      return ['arm', /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

/** Variants from the most capable to the most compatible. Source: platform_matcher.go, as above. */
const variantOrder: Readonly<Record<string, readonly string[]>> = {
  arm: ['v8', 'v7', 'v6', 'v5'],
  arm64: ['v8'],
};

/** The variants that run where `wanted` does, the best first; null stands for an image that names none. */
export function suitableVariants({
  architecture,
  variant,
}: Pick<Platform, 'architecture' | 'variant'>): readonly (string | null)[] {
  const order = new Map(Object.entries(variantOrder)).get(architecture) ?? [];
  if (variant === null) return [null, ...order];
  const position = order.indexOf(variant);
  return [...(position === -1 ? [variant] : order.slice(position)), null];
}

/** Whether an image of this platform, in Go's names, is one for `wanted`, as far as it says. */
export function isSuitable(platform: Platform, wanted: Platform): boolean {
  return (
    platform.os === wanted.os &&
    platform.architecture === wanted.architecture &&
    (wanted.variant === null || suitableVariants(wanted).includes(platform.variant))
  );
}
