import type { Platform } from './node.js';

/** What the platforms are called in each form of the package. */
export const platformNames: Readonly<
  Record<
    Platform,
    { readonly oci: string; readonly debian: string; readonly rpm: string; readonly systemd: string }
  >
> = {
  x64: { oci: 'amd64', debian: 'amd64', rpm: 'x86_64', systemd: 'x86-64' },
  arm64: { oci: 'arm64', debian: 'arm64', rpm: 'aarch64', systemd: 'arm64' },
};

/** What every form says about the program. */
export const about = {
  name: 'bound-images',
  summary: 'pull the container images that the next root of a host binds',
  homepage: 'https://github.com/bound-images/bound-images',
  licence: 'Apache-2.0',
  maintainer: 'The bound-images authors <bound-images@users.noreply.github.com>',
  description: [
    'An image-based Linux host stages a new root and switches to it when it',
    'reboots. The services of that root run from container images that it only',
    'names. bound-images reads what a root binds, pulls all of it into the store of',
    'podman, and lets the new root become the next boot when every image is there.',
  ],
} as const;
