import pLimit from 'p-limit';
import { ArchiveProblem } from '../archive/problem.js';
import { nowhere } from '../diagnostic/place.js';
import { BlobProblem, blobChunks } from '../layers/blob-chunks.js';
import { boundByLabel, lockLabel } from '../layers/bound-by-label.js';
import { type ImageTree, imageTree } from '../layers/image-tree.js';
import { isKept } from '../layers/kept-files.js';
import { type LayerEntry, newAllowance, readLayerEntries } from '../layers/layer-entries.js';
import { unpacked } from '../layers/unpacked.js';
import { type BoundImage, noPullOptions } from '../model/bound-image.js';
import { BoundImagesError } from '../model/error.js';
import type { Observe } from '../model/events.js';
import type { Failure } from '../model/failure.js';
import {
  describeReferenceProblem,
  parseReference,
  type RegistryReference,
} from '../model/reference/reference.js';
import type { RemoteImage, RemoteLayer } from '../model/remote-image.js';
import { afterAttempts } from '../pull/backoff.js';
import { registryView } from '../pull/look-up.js';
import { systemTimer } from '../pull/system-timer.js';
import { resolve } from '../resolve/resolve.js';
import { nextBootTree } from '../root/next-boot-tree.js';
import { openRootsWith, type Roots } from '../root/open-roots.js';
import { formatBytes } from '../text/format.js';
import { printable } from '../text/printable.js';
import { parseLabels } from '../tools/registry/metadata.js';
import { asker, type LazyRegistries, lazyRegistries, type OpenRegistries } from './asking-registries.js';
import type { PullingInput, RootInput } from './inputs.js';
import { type ReadRoot, readRoots, rootError, withShortNames } from './read-root.js';
import { noteOf } from './telling.js';

export interface OsImageInput
  extends Pick<RootInput, 'currentRoot' | 'dir'>,
    Pick<PullingInput, 'retries' | 'stallTimeout' | 'timeout'> {
  /** A reference, also as bootc and rpm-ostree write it. */
  readonly osImage: string;
  readonly signal: AbortSignal;
}

export interface OsImagePorts {
  readonly openRegistries: OpenRegistries;
  /** Of the podman of this machine; `undefined` where there is none. */
  readonly podmanVersion: (signal: AbortSignal) => Promise<string | undefined>;
  readonly observe: Observe;
}

/** An image of an OS that is in a registry. */
export interface OsImage {
  readonly reference: string;
  /** `algorithm:hex`, of the manifest or index. */
  readonly digest: string;
  /** How it was learned what it binds. */
  readonly readFrom: 'label' | 'layers';
  /** What was received for that, beside manifests and configs. */
  readonly bytes: number;
}

export type OsImageRead =
  | { readonly kind: 'read'; readonly osImage: OsImage; readonly read: ReadRoot }
  | { readonly kind: 'failed'; readonly reference: string; readonly failure: Failure };

/**
 * Reads what the image of an OS binds: from its label, or else out of its layers. It is asked for as this host asks for
 * images.
 *
 * @throws BoundImagesError `usage`; the reason of the signal
 */
export async function readOsImage(input: OsImageInput, ports: OsImagePorts): Promise<OsImageRead> {
  const { currentRoot, signal } = input;
  const reference = osImageReference(input.osImage);
  const { text } = reference;
  const host = rootsWith((current) => current, text, currentRoot);
  const bound = withShortNames([asBound(reference)], host, currentRoot);
  const { images } = resolve(bound, host);
  const [resolved] = images;
  if (resolved === undefined) throw new Error(`${text} is not resolved`);
  const registries = lazyRegistries(
    { roots: host, images },
    ports.openRegistries,
    () => ports.podmanVersion(signal),
    signal,
  );
  const fail = (failure: Failure): OsImageRead => ({ kind: 'failed', reference: text, failure });
  try {
    const view = registryView(
      asker(registries, { input, signal, observe: ports.observe }),
      async () => false,
    );
    const looked = await view.image(resolved, []);
    signal.throwIfAborted();
    if (looked.kind === 'failed') return fail(looked.error);
    if (looked.kind !== 'found') throw new Error(`${text} was compared with nothing`);
    const { image } = looked;
    const known = { reference: text, digest: image.digest };
    const label = input.dir === undefined ? await labelOf(image, registries, signal) : undefined;
    if (label !== undefined) {
      const roots = rootsWith((current) => boundByLabel(current, label), text, currentRoot);
      const osImage = { ...known, readFrom: 'label', bytes: 0 } as const;
      return { kind: 'read', osImage, read: { ...readRoots(roots, input), root: text } };
    }
    const { read, bytes } = await readLayers(text, image, registries, input, ports);
    return { kind: 'read', osImage: { ...known, readFrom: 'layers', bytes }, read: { ...read, root: text } };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BlobProblem) return fail(error.failure);
    if (error instanceof ArchiveProblem) return fail(unreadable(error.message));
    throw error;
  } finally {
    registries.close();
  }
}

/**
 * The reference of an OS image, without what bootc and rpm-ostree write before it.
 * Source: ostree-rs-ext(7), `ostree-image-signed:docker://quay.io/…`, ostree-ext’s container/mod.rs.
 *
 * @throws BoundImagesError `usage`
 */
export function osImageReference(text: string): RegistryReference {
  const bare = text
    .replace(
      /^(?:ostree-unverified-(?:registry|image)|ostree-image-signed|ostree-remote-(?:registry|image):[^:]+):/,
      '',
    )
    .replace(/^(?:docker:\/\/|registry:)/, '');
  const parsed = parseReference(bare);
  const wrong = (problem: string) =>
    new BoundImagesError('usage', `${printable(text)} is no image of an OS in a registry: ${problem}`, {
      hint: 'name it as the updater does, such as quay.io/example/os:1',
    });
  if (!parsed.ok) throw wrong(describeReferenceProblem(parsed.problem).message);
  if (parsed.reference.transport !== 'docker') throw wrong('it is a path');
  return parsed.reference;
}

function asBound(reference: RegistryReference) {
  return {
    kind: 'image',
    reference,
    sources: [nowhere],
    options: noPullOptions,
    arguments: [],
    globalArguments: [],
    globalOptions: [],
    valid: true,
  } as const;
}

function rootsWith(
  treeOf: Parameters<typeof openRootsWith>[0],
  label: string,
  currentRoot: string | null,
): Roots {
  const roots = openRootsWith(treeOf, label, currentRoot);
  if (!roots.ok) throw rootError(roots.problem);
  return roots;
}

/** What the label says, if the image has it. @throws BlobProblem */
async function labelOf(
  { content: { config, sources } }: RemoteImage,
  registries: LazyRegistries,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [source] = sources;
  if (config === null || source === undefined) return undefined;
  let text = config.bytes?.toString();
  if (text === undefined) {
    const { client } = await registries.open();
    const found = await client.config(source, config.digest, { signal });
    if (found.kind === 'failed') throw new BlobProblem(found.failure);
    if (found.kind !== 'found') throw new BlobProblem(unreadable(found.what));
    text = found.text;
  }
  const labels = parseLabels(text);
  if (labels.kind === 'unreadable') throw new BlobProblem(unreadable(labels.problem));
  // An image cannot take away a label of the one that it is built on, but empty it.
  return labels.texts.get(lockLabel) || undefined;
}

/** How many layers are read at the same time: unpacking takes a processor each. */
const layersAtOnce = 3;
/** A file that turns out to be wanted may name another one. */
const mostRounds = 6;
const tellMs = 10_000;

/** Reads all layers, of which only what matters stays, and asks again for what turns out to be wanted. */
async function readLayers(
  text: string,
  { layers, content: { sources } }: RemoteImage,
  registries: LazyRegistries,
  { currentRoot, dir, retries, stallTimeout, signal }: OsImageInput,
  { openRegistries, podmanVersion, observe }: OsImagePorts,
): Promise<{ readonly read: ReadRoot; readonly bytes: number }> {
  if (layers === null) throw new BlobProblem(unreadable('its manifest is of a kind that tells no sizes'));
  const { client } = await registries.open();
  const say = noteOf(observe, 'info');
  let wholeBytes = uniqueBytes(layers);
  say(
    `${printable(text)} has no label ${lockLabel}: what it binds is read out of ${layers.length === 1 ? 'its layer' : `its ${layers.length} layers`} (${formatBytes(wholeBytes)})`,
  );
  const version = await podmanVersion(signal);
  const allowance = newAllowance();
  let bytes = 0;
  const tell = setInterval(() => say(`read ${formatBytes(bytes)} of ${formatBytes(wholeBytes)}`), tellMs);
  // What fails ends the others.
  const own = new AbortController();
  const stop = AbortSignal.any([signal, own.signal]);
  const readOnce = async (layer: RemoteLayer, keep: (path: string) => boolean) => {
    const chunks = blobChunks(layer, sources, {
      client,
      timer: systemTimer,
      random: Math.random,
      retries,
      stallMs: stallTimeout,
      signal: stop,
      onBytes: (count) => {
        bytes += count;
      },
    });
    return await unpacked(chunks, (plain) => readLayerEntries(plain, keep, allowance));
  };
  const readLayer = async (...args: Parameters<typeof readOnce>) => {
    try {
      return await readOnce(...args);
    } catch (error) {
      // What cannot be read may have been damaged on its way, which only its end would tell; the second time it was not.
      const isCorrupt = error instanceof BlobProblem && error.failure.code === 'corrupt';
      if (!isCorrupt && !(error instanceof ArchiveProblem)) throw error;
      wholeBytes += args[0].size;
      return await readOnce(...args).catch((again: unknown) => {
        if (!(again instanceof BlobProblem)) throw again;
        throw new BlobProblem(afterAttempts(again.failure, 2));
      });
    }
  };
  try {
    const limit = pLimit(layersAtOnce);
    const asked = new Map<string, Promise<readonly LayerEntry[]>>();
    for (const layer of layers)
      if (!asked.has(layer.digest))
        asked.set(
          layer.digest,
          limit(() => readLayer(layer, isKept)),
        );
    const tree = imageTree(allowance);
    for (const entries of await Promise.all(layers.map(({ digest }) => asked.get(digest) ?? [])))
      tree.add(entries);
    for (let round = 0; ; round += 1) {
      const roots = rootsWith((current) => nextBootTree(tree, current), text, currentRoot);
      const read = readRoots(roots, { currentRoot, dir }, isInRegistry);
      const next = await openRegistries(read.roots, {
        redact: registries.redact,
        podmanVersion: version,
        signal,
      });
      // What a pull will read of the root, too, and not before it has begun.
      next.access.ca();
      next.access.certificates();
      next.close();
      const isWhole = tree.wanted().length === 0;
      if (isWhole || round === mostRounds) return { read, bytes };
      await fetchWanted(tree, layers, (layer, paths) => {
        wholeBytes += layer.size;
        const [first = '', ...others] = paths;
        const more = others.length === 0 ? '' : ` and ${others.length} more`;
        say(`a layer is read once more (${formatBytes(layer.size)}), for /${printable(first)}${more}`);
        return readLayer(layer, (path) => paths.has(path));
      });
    }
  } finally {
    clearInterval(tell);
    own.abort();
  }
}

async function fetchWanted(
  tree: ImageTree,
  layers: readonly RemoteLayer[],
  readLayer: (layer: RemoteLayer, paths: ReadonlySet<string>) => Promise<readonly LayerEntry[]>,
): Promise<void> {
  const wanted = tree.wanted();
  for (const [index, layer] of layers.entries()) {
    const paths = new Set(wanted.flatMap((place) => (place.layer === index ? place.path : [])));
    if (paths.size === 0) continue;
    for (const entry of await readLayer(layer, paths))
      if (entry.kind === 'file' && entry.content !== null)
        tree.provide({ layer: index, path: entry.path }, entry.content);
  }
}

/** What lies in the image itself comes with it. */
function isInRegistry({ reference }: BoundImage): boolean {
  return reference.transport === 'docker';
}

function uniqueBytes(layers: readonly RemoteLayer[]): number {
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function unreadable(problem: string): Failure {
  return { code: 'corrupt', kind: 'permanent', message: `the image cannot be read: ${problem}`, hint: null };
}
