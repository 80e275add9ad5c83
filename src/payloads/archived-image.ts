import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDigest } from '../archive/digests.js';
import { listName, maxListBytes, withoutNames } from '../archive/names.js';
import { ArchiveProblem } from '../archive/problem.js';
import { hasLinks } from '../archive/tar.js';
import type { HostPath } from '../model/path.js';
import { formatPlatform, type Platform } from '../model/platform.js';
import type { PathReference } from '../model/reference/reference.js';
import type { RemoteLayer } from '../model/remote-image.js';
import { errnoCode, errnoReason } from '../text/errno.js';
import { parseJson } from '../text/json.js';
import { list, object, readAs, text, texts } from '../text/shape.js';
import { chooseInstance, listPlatforms } from '../tools/registry/choose-instance.js';
import { parseManifest } from '../tools/registry/manifest.js';
import { type ArchiveFiles, layoutFilesIn, tarFilesIn } from './archive-files.js';
import type { LayerBlob } from './from-layers.js';

/** An image or artifact of an archive, a layout or a store’s directory of artifacts. */
export interface ArchivedImage {
  /** `algorithm:hex` of what is named; null for a docker-archive, which has no manifest. */
  readonly digest: string | null;
  /** What is named: an index or a manifest; null for a docker-archive. */
  readonly named: string | null;
  /** The manifest, or that of an index for the platform; null for a docker-archive. */
  readonly manifest: string | null;
  /** The text of the config. @throws ArchiveProblem */
  config(): Promise<string>;
  /** The base first. @throws ArchiveProblem for what is no image */
  layers(): Promise<readonly LayerBlob[]>;
  /** The bytes of a blob, which are its own once the last one has come. */
  open(blob: Pick<RemoteLayer, 'digest'>): AsyncIterable<Buffer>;
  close(): void;
}

/**
 * Opens what the reference names. Nothing is believed but what has its digest.
 *
 * @throws ArchiveProblem
 */
export async function openArchivedImage(
  reference: PathReference,
  platform: Platform,
): Promise<ArchivedImage> {
  const { transport } = reference;
  const path = resolve(reference.path);
  const files = opened(() =>
    transport === 'oci' || transport === 'dir'
      ? layoutFilesIn(directory(path))
      : tarFilesIn(path, hasLinks(transport)),
  );
  try {
    if (transport === 'docker-archive') return await dockerArchive(reference, files);
    const blobName = transport === 'dir' ? nameInDir : nameInLayout;
    if (transport === 'dir')
      return await imageIn(files, blobName, await whole(files.open('manifest.json')), platform);
    const list = await whole(files.open(listName(reference) ?? ''));
    const { manifests } = fitting(indexList, withoutNames(reference, list).toString());
    const [first] = manifests;
    if (first === undefined) throw new ArchiveProblem('it has no image');
    if (manifests.length > 1) throw severalImages(reference, manifests.length);
    return await imageIn(
      files,
      blobName,
      await blobText(files, blobName(first.digest), first.digest),
      platform,
    );
  } catch (error) {
    files.close();
    throw error;
  }
}

const indexList = object({ manifests: list(object({ digest: text })) });
const archiveList = list(object({ Config: text, Layers: texts }));
const diffIds = object({ rootfs: object({ diff_ids: list(text) }) });

async function imageIn(
  files: ArchiveFiles,
  nameOf: (digest: string) => string,
  named: Buffer,
  platform: Platform,
): Promise<ArchivedImage> {
  const open = ({ digest }: Pick<RemoteLayer, 'digest'>) => verified(files.open(nameOf(digest)), digest);
  const manifest = await manifestFor(named.toString(), platform, async (digest) =>
    (await blobText(files, nameOf(digest), digest)).toString(),
  );
  const parsed = parseManifest(manifest);
  return {
    digest: `sha256:${createHash('sha256').update(named).digest('hex')}`,
    named: named.toString(),
    manifest,
    config: async () => {
      if (parsed.kind !== 'image') throw noImage(parsed);
      return (await blobText(files, nameOf(parsed.config.digest), parsed.config.digest)).toString();
    },
    layers: async () => {
      if (parsed.kind !== 'image') throw noImage(parsed);
      return parsed.layers.map((layer) => ({ open: () => open(layer) }));
    },
    open,
    close: files.close,
  };
}

async function manifestFor(
  named: string,
  platform: Platform,
  read: (digest: string) => Promise<string>,
): Promise<string> {
  const parsed = parseManifest(named);
  if (parsed.kind === 'unreadable')
    throw new ArchiveProblem(`its manifest cannot be read: ${parsed.problem}`);
  if (parsed.kind !== 'index') return named;
  const chosen = chooseInstance(parsed.instances, platform, false);
  if (chosen !== null) return await read(chosen.digest);
  throw new ArchiveProblem(
    `it has no image for ${formatPlatform(platform)}; it has ${listPlatforms(parsed.instances)}`,
  );
}

function noImage(parsed: ReturnType<typeof parseManifest>): ArchiveProblem {
  if (parsed.kind === 'unreadable')
    return new ArchiveProblem(`its manifest cannot be read: ${parsed.problem}`);
  return new ArchiveProblem('it is an artifact, or an image of a kind that is not read here');
}

/** The layers of a docker-archive are known by what its config says of them, unpacked. */
async function dockerArchive(reference: PathReference, files: ArchiveFiles): Promise<ArchivedImage> {
  const listed = withoutNames(reference, await whole(files.open('manifest.json'))).toString();
  const [first, ...others] = fitting(archiveList, listed);
  if (first === undefined) throw new ArchiveProblem('it has no image');
  if (others.length > 0) throw severalImages(reference, others.length + 1);
  const config = (await whole(files.open(cleaned(first.Config)))).toString();
  const ids = fitting(diffIds, config).rootfs.diff_ids;
  if (ids.length !== first.Layers.length) throw new ArchiveProblem('its config names other layers');
  const layers = first.Layers.map((name, index) => ({
    open: () => verified(files.open(cleaned(name)), ids[index] ?? ''),
  }));
  return {
    digest: null,
    named: null,
    manifest: null,
    config: async () => config,
    layers: async () => layers,
    open: () => {
      throw new ArchiveProblem('it has no manifest, by which a layer could be named');
    },
    close: files.close,
  };
}

const cleaned = (name: string) =>
  name
    .split('/')
    .filter((each) => each !== '' && each !== '.')
    .join('/');

function severalImages({ transport, path }: PathReference, count: number): ArchiveProblem {
  return new ArchiveProblem(`there are ${count} images in it: write ${transport}:${path}:NAME`);
}

function nameInLayout(digest: string): string {
  return `blobs/${known(digest).replace(':', '/')}`;
}

function nameInDir(digest: string): string {
  return known(digest).replace(/^[^:]*:/, '');
}

/** @throws ArchiveProblem for what is no digest that can be computed here */
function known(digest: string): string {
  if (isDigest(digest) && /^sha(?:256:[\da-f]{64}|384:[\da-f]{96}|512:[\da-f]{128})$/.test(digest))
    return digest;
  throw new ArchiveProblem('it names a digest that is none');
}

async function blobText(files: ArchiveFiles, name: string, digest: string): Promise<Buffer> {
  return await whole(verified(files.open(name), digest));
}

/** Of what is small. */
async function whole(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  let length = 0;
  for await (const piece of pieces) {
    all.push(piece);
    length += piece.length;
    if (length > maxListBytes) throw new ArchiveProblem('a manifest or config in it is too large');
  }
  return Buffer.concat(all);
}

async function* verified(pieces: AsyncIterable<Buffer>, digest: string): AsyncGenerator<Buffer> {
  const [algorithm = ''] = known(digest).split(':');
  const hash = createHash(algorithm);
  for await (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  const own = `${algorithm}:${hash.digest('hex')}`;
  if (own !== digest) throw new ArchiveProblem(`${digest} in it is damaged: it is ${own}`);
}

function fitting<T>(shape: Parameters<typeof readAs<T>>[0], json: string): T {
  const parsed = parseJson(json);
  const fitted = readAs(shape, parsed.ok ? parsed.value : undefined);
  if (fitted.kind === 'fits') return fitted.value;
  throw new ArchiveProblem(`its list or config cannot be read: ${fitted.problem}`);
}

/** @throws ArchiveProblem */
function directory(path: string): HostPath {
  if (!lstatSync(`${path}/.`).isDirectory()) throw new ArchiveProblem('it is no directory');
  return `${path}/.` as HostPath;
}

function opened<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (errnoCode(error) === undefined) throw error;
    throw new ArchiveProblem(`it cannot be opened: ${errnoReason(error)}`);
  }
}
