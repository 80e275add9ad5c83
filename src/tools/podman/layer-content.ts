import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream, type Stats } from 'node:fs';
import { lstat, open, readlink, realpath } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { errorText } from '../../model/error.js';
import { parseJson } from '../../text/json.js';
import { cannotTell, type Found, isComposefs, layerDirectory } from './layer-structure.js';
import type { LayerRecord } from './store-files.js';
import type { StoreInfo } from './store-info.js';

/**
 * Whether a layer holds what its `digest` says, `algorithm:hex` of its tar archive. That is made again, from the files
 * of the layer and from all else of the archive, which podman keeps beside it; every other entry of the archive must be
 * there, too, as a link to the same place where it is a link. Owners and modes are not compared: a store may change
 * them. Source: github.com/vbatts/tar-split tar/storage, `Entry`; go.podman.io/storage layers.go, `Diff`.
 *
 * @throws the reason of `signal`.
 */
export async function proveContent(
  info: StoreInfo,
  layer: LayerRecord,
  digest: string,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Found> {
  const directory = layerDirectory(info, layer);
  if (directory === null) return cannotTell(info);
  if (isComposefs(directory)) return { kind: 'unknown', problem: `${directory} is a composefs` };
  const files = info.driver === 'vfs' ? directory : join(directory, 'diff');
  const [algorithm = '', hex] = digest.split(':');
  try {
    const hash = createHash(algorithm);
    const found = await remake(layer.tarSplit, files, info.driver === 'vfs', hash, signal, onBytes);
    if (found.kind !== 'sound' || hash.digest('hex') === hex) return found;
    return { kind: 'damaged', problem: `what is in ${files} is not what its digest ${digest} says` };
  } catch (error) {
    signal.throwIfAborted();
    const isThere = thisProcess.includes((error as NodeJS.ErrnoException).code ?? '');
    return { kind: isThere ? 'unknown' : 'damaged', problem: errorText(error) };
  }
}

/** What says nothing of the layer: this process may not read it, or not now. */
const thisProcess: readonly string[] = ['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'];

/** Feeds the archive to `hash`, and looks whether an entry of it is missing. */
async function remake(
  tarSplit: string,
  files: string,
  isMerged: boolean,
  hash: Hash,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Found> {
  const root = await realpath(files);
  const packed = createReadStream(tarSplit);
  const unpacked = packed.pipe(createGunzip());
  packed.on('error', (error) => unpacked.destroy(error));
  try {
    const lookAt = entries(root, isMerged);
    let header: Buffer = Buffer.alloc(0);
    for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity })) {
      signal.throwIfAborted();
      if (line === '') continue;
      const parsed = parseJson(line);
      if (!parsed.ok) throw new SyntaxError(`${tarSplit} is damaged: ${parsed.problem}`);
      const { type, payload, name, name_raw: rawName, size = 0 } = parsed.value as Entry;
      if (type === segmentType) {
        header = Buffer.from(payload ?? '', 'base64');
        hash.update(header);
        continue;
      }
      const path = rawName === undefined ? Buffer.from(name ?? '') : Buffer.from(rawName, 'base64');
      const found = await lookAt(path.toString('latin1'), { header, size }, async (place) => {
        if (size > 0) await addFile(place, size, hash, signal, onBytes);
      });
      if (found.kind !== 'sound') return found;
    }
    return sound;
  } finally {
    unpacked.destroy();
    packed.destroy();
  }
}

/** `type` is a file of the archive, or a segment of bytes between two. */
interface Entry {
  readonly type: number;
  readonly payload?: string | null;
  readonly name?: string;
  readonly name_raw?: string;
  readonly size?: number;
}

const segmentType = 2;
const sound: Found = { kind: 'sound' };

/**
 * Makes a function that looks at one entry of the archive after the other; the header of an entry is the last block
 * before its content. podman takes no archive that has an entry twice. Paths are bytes, as latin1.
 */
function entries(root: string, isMerged: boolean) {
  const rootBytes = Buffer.from(root).toString('latin1');
  const directories = new Map<string, Promise<string | null>>();
  const directoryOf = (path: string): Promise<string | null> => {
    const parent = dirname(path);
    const known = directories.get(parent);
    if (known !== undefined) return known;
    const found = realpath(bytes(rootBytes + parent), 'latin1').catch(() => null);
    directories.set(parent, found);
    return found;
  };
  return async (
    name: string,
    { header, size }: { readonly header: Buffer; readonly size: number },
    read: (place: Buffer) => Promise<void>,
  ): Promise<Found> => {
    const path = normalize(`/${name}`).replace(/(?!^)\/$/, '');
    const base = path.slice(path.lastIndexOf('/') + 1);
    const shown = bytes(rootBytes + path).toString();
    const missing = { kind: 'damaged', problem: `${shown} is missing, or not what it was` } as const;
    const whiteout = base.startsWith('.wh.');
    if (path === '/' || (whiteout && (isMerged || base.startsWith('.wh..wh.')))) return sound;
    const parent = await directoryOf(path);
    if (parent === null) return missing;
    // podman unpacks with the layer as /, where a link may lead that leads elsewhere from here.
    if (parent !== rootBytes && !parent.startsWith(`${rootBytes}/`))
      return { kind: 'unknown', problem: `${shown} lies behind a link that leads out of the layer` };
    const place = bytes(`${parent}/${base}`);
    const stats = await stat(place);
    if (whiteout) {
      const gone = bytes(`${parent}/${base.slice('.wh.'.length)}`);
      return stats === null && (await stat(gone)) === null ? missing : sound;
    }
    if (stats === null) return isDevice(header) ? sound : missing;
    if (!isOfKind(stats, header)) return missing;
    if (stats.isSymbolicLink()) {
      const target = targetOf(header);
      return target === null || (await readlink(place, 'latin1')) === target ? sound : missing;
    }
    if (!stats.isFile()) return sound;
    // Of more than its size nothing would be read.
    if (typeOf(header) === '0' && stats.size !== size) return missing;
    await read(place);
    return sound;
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

async function stat(path: Buffer): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

const blockBytes = 512;
const [linkAt, linkEnd, typeAt] = [157, 257, 156];

function typeOf(header: Buffer): string {
  return String.fromCharCode(header.at(typeAt - blockBytes) ?? 0).replace('\0', '0');
}

/** Without root nobody makes one. */
function isDevice(header: Buffer): boolean {
  return /[346]/.test(typeOf(header));
}

function isOfKind(stats: Stats, header: Buffer): boolean {
  switch (typeOf(header)) {
    case '2':
      return stats.isSymbolicLink();
    case '5':
      return stats.isDirectory();
    case '0':
      // Of old archives a directory is a file whose name ends in a slash.
      return stats.isFile() || stats.isDirectory();
    default:
      return true;
  }
}

/** null where the header is too short for it. */
function targetOf(header: Buffer): string | null {
  if (header.length > 2 * blockBytes) return null;
  const field = header.subarray(-blockBytes).subarray(linkAt, linkEnd).toString('latin1');
  const target = field.replace(/\0.*$/s, '');
  return target.length === field.length ? null : target;
}

const chunkBytes = 1024 * 1024;

/** @throws Error when it is not a file of that size. */
async function addFile(
  path: Buffer,
  size: number,
  hash: Hash,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const chunk = Buffer.allocUnsafe(Math.min(size, chunkBytes));
    let left = size;
    while (left > 0) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(chunk, 0, Math.min(left, chunk.length), null);
      if (bytesRead === 0) throw new Error(`${path} is too short`);
      hash.update(chunk.subarray(0, bytesRead));
      left -= bytesRead;
      onBytes(bytesRead);
    }
  } finally {
    await file.close();
  }
}
