import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BoundImagesError } from '../../model/error.js';
import { digestFault } from '../../model/reference/digest.js';
import type { PathReference, Reference } from '../../model/reference/reference.js';
import { readJson } from '../../text/json.js';
import { elseAs, list, number, object, record, text } from '../../text/shape.js';
import { readText } from '../files/read-text.js';
import { printed } from './printed.js';
import type { StoreInfo } from './store-info.js';

/** `podman artifact` came with 5.4, `.artifact` units with 5.7. */
export const artifactsSince = '5.4.0';

export function knowsNoArtifacts({ text }: Reference, program: string, version: string): BoundImagesError {
  return new BoundImagesError(
    'tool-too-old',
    `the root binds the artifact “${text}”: podman ${artifactsSince} or newer is needed, and ${program} is ${version}`,
    { hint: 'install a newer podman, or remove the entry that binds it' },
  );
}

/**
 * What podman 5.4 and 5.8 say of an artifact that the store does not have, and of one whose manifest is gone, which has to
 * be pulled again (test/tools/podman/answers).
 */
export const noSuchArtifact =
  /no artifact found with name or digest of |: artifact does not exist$|\bopen \/.*\/artifacts\/blobs\/\S+: no such file or directory$/;

/** The name that podman takes for an artifact, which has always a tag or a digest. */
export function artifactName(reference: Reference): string {
  const isBare = reference.transport === 'docker' && reference.tag === null && reference.digest === null;
  return isBare ? `${reference.text}:latest` : reference.text;
}

/** podman keeps artifacts in a layout beside the images (libpod runtime.go, `ArtifactStore`), under the names by which it knows them. */
export function artifactLayout(
  { graphRoot }: Pick<StoreInfo, 'graphRoot'>,
  reference: Reference,
): PathReference {
  const [path, rest] = [join(graphRoot, 'artifacts'), artifactName(reference)];
  return { text: `oci:${path}:${rest}`, transport: 'oci', path, rest };
}

/** An artifact of the store, as podman tells of it from its manifest alone. */
export interface Artifact {
  /** `algorithm:hex`. */
  readonly digest: string;
  readonly blobs: readonly { readonly digest: string; readonly size: number }[];
}

const blob = elseAs(null, object({ digest: text, size: number }));
const inspected = object({
  Digest: elseAs(null, text),
  Manifest: elseAs({ config: null, layers: [] }, object({ config: blob, layers: elseAs([], list(blob)) })),
});

/** Reads what `podman artifact inspect` prints (podman 5.4 to 5.8 print these fields alike). */
export function parseArtifact(json: string): Artifact | undefined {
  const { Digest: digest, Manifest: manifest } = printed(inspected)(json);
  const blobs = [manifest.config, ...manifest.layers].filter((each) => each !== null);
  return digest === null ? undefined : { digest, blobs };
}

const noAnnotations: Readonly<Record<string, string | null>> = {};
const index = object({
  manifests: elseAs(
    [],
    list(object({ digest: text, annotations: elseAs(noAnnotations, record(elseAs(null, text))) })),
  ),
});

/**
 * The digest of the manifest that podman has under that name, out of the index of its layout: podman 5.4 to 5.8 print that of
 * a manifest as they would write it, which is another one for what other tools have pushed. `undefined` where the index does
 * not tell.
 */
export function indexedDigest({ graphRoot }: Pick<StoreInfo, 'graphRoot'>, name: string): string | undefined {
  const read = readText(join(graphRoot, 'artifacts', 'index.json'));
  if (read.kind !== 'text') return undefined;
  const fitted = readJson(index, read.text);
  if (fitted.kind !== 'fits') return undefined;
  const found = fitted.value.manifests.filter(
    ({ annotations }) => annotations['org.opencontainers.image.ref.name'] === name,
  );
  const [digest, ...others] = new Set(found.map((each) => each.digest));
  return others.length === 0 ? digest : undefined;
}

/**
 * Whether all blobs of an artifact are there, each as large as its manifest says: podman looks at none of them. It keeps
 * artifacts in an OCI layout beside the images (libpod runtime.go, `ArtifactStore`); elsewhere nothing is known.
 */
export function isWholeArtifact({ graphRoot }: Pick<StoreInfo, 'graphRoot'>, { blobs }: Artifact): boolean {
  const directory = join(graphRoot, 'artifacts', 'blobs');
  if (!existsSync(directory)) return true;
  return blobs.every(
    ({ digest, size }) =>
      digestFault(digest, 0) === null &&
      statSync(join(directory, digest.replace(':', '/')), { throwIfNoEntry: false })?.size === size,
  );
}
