import { BoundImagesError } from '../error.js';
import type { Reference } from '../reference/reference.js';

/** `podman artifact` came with 5.4, `.artifact` units with 5.7. */
export const artifactsSince = '5.4.0';

export function knowsNoArtifacts({ text }: Reference, program: string, version: string): BoundImagesError {
  return new BoundImagesError(
    'tool-too-old',
    `the root binds the artifact “${text}”: podman ${artifactsSince} or newer is needed, and ${program} is ${version}`,
    { hint: 'install a newer podman, or remove the .artifact entry' },
  );
}

/** The name that podman takes for an artifact, which has always a tag or a digest. */
export function artifactName(reference: Reference): string {
  const isBare = reference.transport === 'docker' && reference.tag === null && reference.digest === null;
  return isBare ? `${reference.text}:latest` : reference.text;
}

/** Reads what `podman artifact inspect` prints (podman 5.4 to 5.8 print the field alike). */
export function parseArtifactDigest(json: string): string | undefined {
  const { Digest: digest } = JSON.parse(json) as Record<string, unknown>;
  return typeof digest === 'string' ? digest : undefined;
}
