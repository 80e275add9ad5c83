import { ArchiveProblem } from '../archive/problem.js';
import { nowhere } from '../diagnostic/place.js';
import { BlobProblem } from '../layers/blob-chunks.js';
import { noPullOptions, type PullOptions } from '../model/bound-image.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import type { Platform } from '../model/platform.js';
import {
  describeReferenceProblem,
  type PathReference,
  parseReference,
  type RegistryReference,
} from '../model/reference/reference.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { PayloadProblem } from '../payloads/problem.js';
import type { AskRegistry } from '../pull/ask-registry.js';
import { resolve } from '../resolve/resolve.js';
import { printable } from '../text/printable.js';
import type { Podman } from '../tools/podman/podman.js';
import { asker, lazyRegistries, type OpenedRegistries, type OpenRegistries } from './asking-registries.js';
import type { PullingInput, RootInput } from './inputs.js';
import { asBound, rootsWith, storageNameProblem } from './os-image.js';
import { withShortNames } from './read-root.js';

/** How an image is asked for that somebody names, and nothing binds. */
export interface NamedInput
  extends Pick<RootInput, 'currentRoot'>,
    Pick<PullingInput, 'retries' | 'stallTimeout' | 'timeout'> {
  /**
   * As podman takes it: a name in a registry, also with `docker://`, `containers-storage:NAME` for one in local storage
   * alone, or an archive or layout, such as `oci-archive:PATH`.
   */
  readonly reference: string;
  /** Of an index; that of this host by default. */
  readonly platform?: Platform | undefined;
  readonly signal: AbortSignal;
}

export interface NamedPorts {
  readonly openRegistries: OpenRegistries;
  /** Of the podman of this machine; `undefined` where there is none. */
  readonly podmanVersion: (signal: AbortSignal) => Promise<string | undefined>;
  /** @throws BoundImagesError `tool-missing`, when it is called. */
  readonly podman: () => Pick<Podman, 'image' | 'open' | 'artifact' | 'info'>;
  readonly observe: Observe;
}

/** Where an image is to be looked for, and what it is called there. */
export type NamedImage =
  | { readonly place: 'registry'; readonly reference: RegistryReference }
  /** A name or an ID, as podman takes it. */
  | { readonly place: 'storage'; readonly name: string }
  | { readonly place: 'archive'; readonly reference: PathReference };

const storage = 'containers-storage:';

/** @throws BoundImagesError `usage` */
export function imageNamed(text: string): NamedImage {
  const wrong = (problem: string) =>
    new BoundImagesError('usage', `${printable(text)} names no image: ${problem}`, {
      hint: `write it as podman takes it, such as quay.io/example/app:1, ${storage}NAME or oci-archive:PATH`,
    });
  if (text.startsWith(storage) || /^(?:sha256:)?[\da-f]{64}$/.test(text)) {
    const name = text.startsWith(storage) ? text.slice(storage.length) : text;
    const problem = storageNameProblem(name);
    if (problem !== null) throw wrong(problem);
    return { place: 'storage', name };
  }
  const parsed = parseReference(text);
  if (!parsed.ok) throw wrong(describeReferenceProblem(parsed.problem).message);
  const { reference } = parsed;
  return reference.transport === 'docker'
    ? { place: 'registry', reference }
    : { place: 'archive', reference };
}

/** What may be asked of the registry of an image. */
export interface RemoteQuestions {
  readonly resolved: ResolvedImage;
  readonly ask: AskRegistry;
  readonly client: () => Promise<OpenedRegistries['client']>;
}

/**
 * Asks the registry of an image as this host asks for those that it binds.
 *
 * @throws what `use` throws; BoundImagesError `usage`; the reason of the signal
 */
export async function withRegistry<T>(
  reference: RegistryReference,
  kind: 'image' | 'artifact',
  { currentRoot, platform, timeout, signal }: NamedInput,
  { openRegistries, podmanVersion, observe }: Omit<NamedPorts, 'podman'>,
  use: (questions: RemoteQuestions) => Promise<T>,
): Promise<T> {
  const host = rootsWith((current) => current, reference.text, currentRoot);
  const options = optionsFor(platform);
  const bound = withShortNames([{ ...asBound(reference), kind, options }], host, currentRoot);
  const { images } = resolve(bound, host);
  const [resolved] = images;
  if (resolved === undefined) throw new Error(`${reference.text} is not resolved`);
  const registries = lazyRegistries(
    { roots: host, images },
    openRegistries,
    () => podmanVersion(signal),
    signal,
  );
  try {
    const ask = asker(registries, { input: { timeout }, signal, observe });
    return await use({ resolved, ask, client: async () => (await registries.open()).client });
  } finally {
    registries.close();
  }
}

/** How an image for a platform is pulled; for that of this host, without one. */
export function optionsFor(platform: Platform | undefined): PullOptions {
  if (platform === undefined) return noPullOptions;
  const sited = (value: string) => ({ value, place: nowhere });
  const { os, architecture, variant } = platform;
  return {
    ...noPullOptions,
    os: sited(os),
    arch: sited(architecture),
    variant: variant === null ? undefined : sited(variant),
  };
}

/** Why an image could not be read, for a result. @throws what is none, and the reason of the signal */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  signal.throwIfAborted();
  if (error instanceof BlobProblem || error instanceof PayloadProblem) return error.failure;
  if (!(error instanceof ArchiveProblem)) throw error;
  return {
    code: 'archive',
    kind: 'permanent',
    message: `it cannot be read: ${printable(error.message)}`,
    hint: null,
  };
}
