import pLimit from 'p-limit';
import { ArchiveProblem } from '../archive/problem.js';
import { nowhere } from '../diagnostic/place.js';
import { BlobProblem, blobChunks } from '../layers/blob-chunks.js';
import { boundByLabel, lockIn, lockLabel } from '../layers/bound-by-label.js';
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
import type { Podman } from '../tools/podman/podman.js';
import { parseLabels } from '../tools/registry/metadata.js';
import { asker, type LazyRegistries, lazyRegistries, type OpenRegistries } from './asking-registries.js';
import type { PullingInput, RootInput } from './inputs.js';
import { type ReadRoot, readRoots, rootError, withShortNames } from './read-root.js';
import { noteOf } from './telling.js';

export interface OsImageInput
  extends Pick<RootInput, 'currentRoot' | 'dir' | 'store'>,
    Pick<PullingInput, 'retries' | 'stallTimeout' | 'timeout'> {
  /** A reference, also as bootc and rpm-ostree write it. */
  readonly osImage: string;
  readonly signal: AbortSignal;
}

export interface OsImagePorts {
  readonly openRegistries: OpenRegistries;
  /** Of the podman of this machine; `undefined` where there is none. */
  readonly podmanVersion: (signal: AbortSignal) => Promise<string | undefined>;
  /** @throws BoundImagesError `tool-missing`, when it is called. */
  readonly podman: () => Pick<Podman, 'image' | 'open'>;
  readonly observe: Observe;
}

/** An image of an OS, in a registry or in the local storage. */
export interface OsImage {
  /** Without transports. */
  readonly reference: string;
  /** `algorithm:hex`, of the manifest or index. */
  readonly digest: string;
  /** How it was learned what it binds. */
  readonly readFrom: 'label' | 'storage' | 'layers';
  /** What was received for that from a registry, beside manifests and configs. */
  readonly bytes: number;
}

export type OsImageRead =
  | {
      readonly kind: 'read';
      readonly osImage: OsImage;
      readonly read: ReadRoot;
      /** The root is not to be read afterwards. */
      readonly close: () => void;
    }
  | { readonly kind: 'failed'; readonly reference: string; readonly failure: Failure };

/**
 * Reads what the image of an OS binds: from its label, or else out of local storage if it is there, or else out of its
 * layers. A registry is asked for it as this host asks for images.
 *
 * @throws BoundImagesError `usage`; `store` where an image of the local storage is not there, or cannot be mounted;
 *   `tool-missing`; the reason of the signal
 */
export async function readOsImage(input: OsImageInput, ports: OsImagePorts): Promise<OsImageRead> {
  const named = osImageName(input.osImage);
  return named.place === 'storage'
    ? await readStoredImage(named.name, input, ports)
    : await readRemoteImage(named.reference, input, ports);
}

async function readStoredImage(name: string, input: OsImageInput, ports: OsImagePorts): Promise<OsImageRead> {
  const podman = ports.podman();
  const stored = await podman.image(name, input.signal);
  if (stored === undefined) {
    throw new BoundImagesError('store', `the image ${printable(name)} is not in podman’s local storage`, {
      hint: 'build or pull it as the same user, or name the registry that has it, such as quay.io/example/os:1',
    });
  }
  const known = { reference: name, digest: stored.digest };
  const label = isLabelEnough(input) ? lockIn(stored.labels) : undefined;
  if (label !== undefined) return readByLabel(known, label, input);
  return await readStoredFiles(known, stored.id, podman, input);
}

/** A label knows neither other directories nor which images bootc pulls. */
function isLabelEnough({ dir, store }: OsImageInput): boolean {
  return dir === undefined && store !== 'bootc';
}

async function readRemoteImage(
  reference: RegistryReference,
  input: OsImageInput,
  ports: OsImagePorts,
): Promise<OsImageRead> {
  const { currentRoot, signal } = input;
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
    const label = isLabelEnough(input) ? await labelOf(image, registries, signal) : undefined;
    if (label !== undefined) return readByLabel(known, label, input);
    const stored = await readStoredTwin(known, image, input, ports);
    if (stored !== undefined) return stored;
    const { read, bytes } = await readLayers(text, image, registries, input, ports);
    const osImage = { ...known, readFrom: 'layers', bytes } as const;
    return { kind: 'read', osImage, read: { ...read, root: text }, close: () => undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BlobProblem) return fail(error.failure);
    if (error instanceof ArchiveProblem) return fail(unreadable(error.message));
    throw error;
  } finally {
    registries.close();
  }
}

type KnownImage = Pick<OsImage, 'reference' | 'digest'>;

function readByLabel(known: KnownImage, label: string, input: OsImageInput): OsImageRead {
  const { reference } = known;
  const roots = rootsWith((current) => boundByLabel(current, label), reference, input.currentRoot);
  const osImage = { ...known, readFrom: 'label', bytes: 0 } as const;
  const read = { ...readRoots(roots, input), root: reference };
  return { kind: 'read', osImage, read, close: () => undefined };
}

async function readStoredFiles(
  known: KnownImage,
  id: string,
  podman: Pick<Podman, 'open'>,
  input: OsImageInput,
): Promise<OsImageRead> {
  const { reference } = known;
  const { tree, close } = await podman.open(id, input.signal);
  try {
    const roots = rootsWith((current) => nextBootTree(tree, current), reference, input.currentRoot);
    const osImage = { ...known, readFrom: 'storage', bytes: 0 } as const;
    const read = { ...readRoots(roots, input, isInRegistry), root: reference };
    return { kind: 'read', osImage, read, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Reads the image that a registry has in local storage; `undefined` where that does not have it, or cannot be read. */
async function readStoredTwin(
  known: KnownImage,
  { content: { name, manifests } }: RemoteImage,
  input: OsImageInput,
  ports: OsImagePorts,
): Promise<OsImageRead | undefined> {
  const { signal } = input;
  // Of an index the store may have the image for another platform.
  const manifest = manifests.at(-1);
  if (manifest === undefined) return undefined;
  try {
    const podman = ports.podman();
    const stored = await podman.image(`${name}@${manifest.digest}`, signal);
    return stored && (await readStoredFiles(known, stored.id, podman, input));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BoundImagesError)) throw error;
    const words = `${printable(known.reference)} cannot be read out of local storage`;
    noteOf(ports.observe, 'info')(`${words}: ${error.message}`);
    return undefined;
  }
}

/** Where an image of an OS is, and what it is called there. */
export type OsImageName =
  | { readonly place: 'registry'; readonly reference: RegistryReference }
  /** A name or an ID, as podman takes it. */
  | { readonly place: 'storage'; readonly name: string };

/**
 * What an image of an OS is called, without what bootc and rpm-ostree write before it. What is named `localhost/…` is as
 * podman names what it has built.
 * Source: ostree-rs-ext(7), `ostree-image-signed:docker://quay.io/…`, ostree-ext’s container/mod.rs;
 * containers-transports(5).
 *
 * @throws BoundImagesError `usage`
 */
export function osImageName(text: string): OsImageName {
  const bare = text.replace(
    /^(?:ostree-unverified-image|ostree-image-signed|ostree-remote-image:[^:]+):/,
    '',
  );
  const inRegistry = bare.replace(
    /^(?:docker:\/\/|registry:|ostree-unverified-registry:|ostree-remote-registry:[^:]+:)/,
    '',
  );
  const wrong = (problem: string) =>
    new BoundImagesError(
      'usage',
      `${printable(text)} is no image of an OS, in a registry or in local storage: ${problem}`,
      {
        hint: 'name it as the updater does, such as quay.io/example/os:1 or containers-storage:localhost/os:1',
      },
    );
  if (/^(?:containers-storage:|localhost\/)/.test(bare)) {
    const name = bare.replace(/^containers-storage:/, '');
    const problem = storageNameProblem(name);
    if (problem !== null) throw wrong(problem);
    return { place: 'storage', name };
  }
  const parsed = parseReference(inRegistry);
  if (!parsed.ok) throw wrong(describeReferenceProblem(parsed.problem).message);
  if (parsed.reference.transport !== 'docker') throw wrong('it is a path');
  return { place: 'registry', reference: parsed.reference };
}

/** Why podman's storage has no image of that name, a clause; null where it may have. Source: containers-transports(5). */
export function storageNameProblem(name: string): string | null {
  if (name === '' || /[\s\0]/.test(name)) return 'an image has no such name';
  return name.startsWith('[') ? 'it names another storage than podman’s own' : null;
}

/** An image that nothing binds, to be asked for as if something did. */
export function asBound(reference: RegistryReference) {
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

/** Roots of this host, of which the new one may be another tree. @throws BoundImagesError `usage` */
export function rootsWith(
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
  return lockIn(labels.texts);
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
  { currentRoot, dir, store, retries, stallTimeout, signal }: OsImageInput,
  { openRegistries, podmanVersion, observe }: OsImagePorts,
): Promise<{ readonly read: ReadRoot; readonly bytes: number }> {
  if (layers === null) throw new BlobProblem(unreadable('its manifest is of a kind that tells no sizes'));
  const { client } = await registries.open();
  const say = noteOf(observe, 'info');
  let wholeBytes = uniqueBytes(layers);
  say(
    `${printable(text)} ${store === 'bootc' ? `may have a label ${lockLabel}, which does not say what bootc pulls` : `has no label ${lockLabel}`}: what it binds is read out of ${layers.length === 1 ? 'its layer' : `its ${layers.length} layers`} (${formatBytes(wholeBytes)})`,
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
      const read = readRoots(roots, { currentRoot, dir, store }, isInRegistry);
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
