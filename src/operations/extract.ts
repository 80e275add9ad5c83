import { resolve } from 'node:path';
import { ArchiveProblem } from '../archive/problem.js';
import { blobChunks } from '../layers/blob-chunks.js';
import { BoundImagesError } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import type { PayloadSource } from '../model/payload.js';
import { type Platform, wantedPlatform } from '../model/platform.js';
import type { PathReference, RegistryReference } from '../model/reference/reference.js';
import type { RemoteLayer } from '../model/remote-image.js';
import { type ArchivedImage, openArchivedImage } from '../payloads/archived-image.js';
import { artifactLayer } from '../payloads/artifact-layer.js';
import { takeFromDirectory } from '../payloads/from-directory.js';
import { takeFromLayers } from '../payloads/from-layers.js';
import type { Output, Taken } from '../payloads/output.js';
import { PayloadProblem, refused } from '../payloads/problem.js';
import { take } from '../payloads/take.js';
import { registryView } from '../pull/look-up.js';
import { systemTimer } from '../pull/system-timer.js';
import { formatBytes } from '../text/format.js';
import { printable } from '../text/printable.js';
import { artifactLayout } from '../tools/podman/artifacts.js';
import { hostPlatform } from '../tools/registry/host-platform.js';
import {
  failureOf,
  imageNamed,
  type NamedInput,
  type NamedPorts,
  optionsFor,
  withRegistry,
} from './named-image.js';
import { noteOf } from './telling.js';

export interface ExtractInput extends NamedInput {
  /** What is taken: a file or directory of an image, by its path, or a layer of an artifact. */
  readonly source: PayloadSource;
  /** Where it goes. Its directory is there; a file takes the place of a file. */
  readonly output: string;
  /** More is not taken, in bytes, of all files together. */
  readonly maxBytes: number;
}

/** Where an image was read: in podman's storage, in a registry, in an archive or layout. */
export type ReadFrom = 'storage' | 'registry' | 'archive';

export type ExtractResult =
  | {
      readonly kind: 'extracted';
      readonly reference: string;
      readonly source: PayloadSource;
      readonly from: ReadFrom;
      /** `algorithm:hex` of what the reference names; null where it has none. */
      readonly digest: string | null;
      readonly output: string;
      readonly taken: Taken;
      /** Of layers, as they came, or of files. */
      readonly bytesRead: number;
    }
  | {
      readonly kind: 'failed';
      readonly reference: string;
      readonly source: PayloadSource;
      readonly failure: Failure;
    };

type Extracted = Pick<
  Extract<ExtractResult, { kind: 'extracted' }>,
  'from' | 'digest' | 'taken' | 'bytesRead'
>;

/**
 * Takes a file or directory out of an image, or a layer of an artifact as a file. If podman's storage has the image, no
 * registry is asked. What was at the output stays until all is there, and where it fails.
 *
 * @throws BoundImagesError `usage`, `store`, `store-busy`, `tool-missing`; the reason of the signal
 */
export async function extract(input: ExtractInput, ports: NamedPorts): Promise<ExtractResult> {
  const { reference, source, signal } = input;
  const output = resolve(input.output);
  const named = imageNamed(reference);
  const known = { reference, source };
  const to: TakeTo = (from, isRemote = false) =>
    take(from, { maxBytes: input.maxBytes, mode: undefined, digest: undefined }, output, isRemote);
  try {
    const extracted =
      named.place === 'archive'
        ? await fromArchive(named.reference, input, to)
        : ((await fromStorage(named, input, ports, to)) ??
          (named.place === 'registry'
            ? await fromRegistry(named.reference, input, ports, to)
            : absent(named.name)));
    return { kind: 'extracted', ...known, output, ...extracted };
  } catch (error) {
    return { kind: 'failed', ...known, failure: failureOf(error, signal) };
  }
}

type TakeTo = (from: (to: Output) => Promise<void>, isRemote?: boolean) => Promise<Taken>;

function absent(name: string): never {
  throw new BoundImagesError('store', `the image ${printable(name)} is not in podman’s local storage`, {
    hint: 'build or pull it as the same user, or name the registry that has it, such as quay.io/example/os:1',
  });
}

/** `undefined` where podman's storage does not have it, or there is no podman, or a registry may have it and this cannot be opened. */
async function fromStorage(
  named: Exclude<ReturnType<typeof imageNamed>, { place: 'archive' }>,
  input: ExtractInput,
  ports: NamedPorts,
  to: TakeTo,
): Promise<Extracted | undefined> {
  const { source, signal } = input;
  if (source.kind !== 'path') {
    const reference = named.place === 'storage' ? imageNamed(named.name) : named;
    if (reference.place !== 'registry') return undefined;
    return await fromStoredArtifact(reference.reference, { ...input, source }, ports, to);
  }
  const podman = found(ports.podman, named.place === 'registry');
  if (podman === undefined) return undefined;
  const name = named.place === 'storage' ? named.name : named.reference.text.replace(/^docker:\/\//, '');
  const stored = await podman.image(name, signal);
  if (stored === undefined || !isFor(stored.platform, input)) return undefined;
  const image = await podman.open(stored.id, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    if (named.place === 'storage' || !(error instanceof BoundImagesError)) throw error;
    const words = `${printable(name)} cannot be read out of local storage`;
    noteOf(ports.observe, 'info')(`${words}: ${error.message}`);
    return undefined;
  });
  if (image === undefined) return undefined;
  try {
    let bytesRead = 0;
    const taken = await to(async (output) => {
      bytesRead = await takeFromDirectory(image.top, source.path, output, signal);
    });
    return { from: 'storage', digest: stored.digest, taken, bytesRead };
  } finally {
    image.close();
  }
}

/** The podman, if there is one; where it may be missing, a registry is asked instead. */
function found(
  podman: NamedPorts['podman'],
  mayBeMissing: boolean,
): ReturnType<NamedPorts['podman']> | undefined {
  try {
    return podman();
  } catch (error) {
    if (mayBeMissing && error instanceof BoundImagesError && error.code === 'tool-missing') return undefined;
    throw error;
  }
}

/** Storage says nothing of variants. */
function isFor(stored: string, { platform }: ExtractInput): boolean {
  if (platform === undefined) return true;
  return platform.variant === null && stored === `${platform.os}/${platform.architecture}`;
}

type LayerInput = ExtractInput & { readonly source: Exclude<PayloadSource, { kind: 'path' }> };

async function fromStoredArtifact(
  reference: RegistryReference,
  input: LayerInput,
  ports: NamedPorts,
  to: TakeTo,
): Promise<Extracted | undefined> {
  const { signal } = input;
  const podman = found(ports.podman, true);
  if (podman === undefined) return undefined;
  const digest = await podman.artifact(reference, signal).catch((error: unknown) => {
    if (error instanceof BoundImagesError && error.code === 'tool-too-old') return undefined;
    throw error;
  });
  if (digest === undefined) return undefined;
  const layout = artifactLayout(await podman.info(signal), reference);
  const image = await openArchivedImage(layout, platformOf(input)).catch((error: unknown) => {
    if (error instanceof ArchiveProblem) return undefined;
    throw error;
  });
  if (image === undefined) return undefined;
  return { from: 'storage', digest: image.digest, ...(await layerOf(image, input, to)) };
}

async function fromArchive(reference: PathReference, input: ExtractInput, to: TakeTo): Promise<Extracted> {
  const { source, signal } = input;
  const image = await openArchivedImage(reference, platformOf(input));
  const from = { from: 'archive', digest: image.digest } as const;
  if (source.kind !== 'path') return { ...from, ...(await layerOf(image, { ...input, source }, to)) };
  try {
    const layers = await image.layers();
    let bytesRead = 0;
    const count = counter(signal, (bytes) => {
      bytesRead += bytes;
    });
    const counted = layers.map((layer) => ({ open: () => count(layer.open()) }));
    const taken = await to((output) => takeFromLayers(counted, source.path, output));
    return { ...from, taken, bytesRead };
  } finally {
    image.close();
  }
}

async function layerOf(
  image: ArchivedImage,
  { source, signal }: LayerInput,
  to: TakeTo,
): Promise<Pick<Extracted, 'taken' | 'bytesRead'>> {
  try {
    const layer = artifactLayer(image.manifest ?? '{}', source);
    let bytesRead = 0;
    const count = counter(signal, (bytes) => {
      bytesRead += bytes;
    });
    const taken = await to((output) => output.file('', false, count(image.open(layer))));
    return { taken, bytesRead };
  } finally {
    image.close();
  }
}

async function fromRegistry(
  reference: RegistryReference,
  input: ExtractInput,
  ports: NamedPorts,
  to: TakeTo,
): Promise<Extracted> {
  const { source, retries, stallTimeout, signal } = input;
  const kind = source.kind === 'path' ? 'image' : 'artifact';
  return await withRegistry(reference, kind, input, ports, async ({ resolved, ask, client }) => {
    const looked = await registryView(ask, async () => false).image(resolved, []);
    signal.throwIfAborted();
    if (looked.kind === 'failed') throw new PayloadProblem(looked.error);
    if (looked.kind !== 'found') throw new Error(`${reference.text} was compared with nothing`);
    const { digest, layers, content } = looked.image;
    if (layers === null) throw refused('unsupported', 'its manifest is of a kind that tells no sizes');
    let bytesRead = 0;
    const registry = await client();
    const open = (layer: RemoteLayer) =>
      blobChunks(layer, content.sources, {
        client: registry,
        timer: systemTimer,
        random: Math.random,
        retries,
        stallMs: stallTimeout,
        signal,
        onBytes: (bytes) => {
          bytesRead += bytes;
        },
      });
    const say = noteOf(ports.observe, 'info');
    const tell = setInterval(
      () => say(`read ${formatBytes(bytesRead)} of ${printable(reference.text)}`),
      tellMs,
    );
    try {
      const taken = await to(async (output) => {
        if (source.kind === 'path') {
          const blobs = layers.map((layer) => ({ open: () => open(layer) }));
          await takeFromLayers(blobs, source.path, output);
        } else {
          const layer = artifactLayer(content.manifests.at(-1)?.bytes.toString() ?? '{}', source);
          await output.file('', false, open(layer));
        }
      }, true);
      return { from: 'registry', digest, taken, bytesRead };
    } finally {
      clearInterval(tell);
    }
  });
}

const tellMs = 10_000;

function counter(signal: AbortSignal, onBytes: (bytes: number) => void) {
  return async function* (pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      signal.throwIfAborted();
      onBytes(piece.length);
      yield piece;
    }
  };
}

function platformOf({ platform }: ExtractInput): Platform {
  return wantedPlatform(optionsFor(platform), hostPlatform());
}
