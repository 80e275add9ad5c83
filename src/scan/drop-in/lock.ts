import type { BoundImage } from '../../model/bound-image.js';

/** What a root binds, for the label of its image. */
export interface Lock {
  /** A drop-in, in one line. */
  readonly text: string;
  /** Artifacts, and what is in the root itself: the update pulls or brings it. */
  readonly leftOut: readonly BoundImage[];
}

/**
 * What a root binds, in the words of a drop-in. Of how it is pulled it has what a host can do without the root: paths
 * are those of the host, which has had the same root before, and secrets are left out.
 */
export function lockOf(images: readonly BoundImage[]): Lock {
  const isLocked = ({ kind, reference }: BoundImage) => kind === 'image' && reference.transport === 'docker';
  const tables = images.filter(isLocked).map(keysOf);
  const isPlain = tables.every((keys) => keys.length === 1);
  const text = isPlain
    ? `images = [${tables.map(([reference]) => reference?.[1]).join(', ')}]`
    : `image = [${tables.map((keys) => `{ ${keys.map((key) => key.join(' = ')).join(', ')} }`).join(', ')}]`;
  return { text, leftOut: images.filter((image) => !isLocked(image)) };
}

function keysOf({ reference, options }: BoundImage): readonly (readonly [key: string, value: string])[] {
  const { authfile, certDir, tlsVerify, arch, os, variant } = options;
  const all = {
    reference: reference.text,
    authfile: authfile?.value,
    'cert-dir': certDir?.value,
    'tls-verify': tlsVerify?.value,
    arch: arch?.value,
    os: os?.value,
    variant: variant?.value,
  };
  // A JSON string is a basic string of TOML, where a DEL is escaped as well.
  return Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, JSON.stringify(value).replaceAll('\x7f', '\\u007f')] as const],
  );
}
