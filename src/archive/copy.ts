import { constants, createReadStream, createWriteStream, fstatSync, readSync } from 'node:fs';
import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { PathReference } from '../model/reference/types.js';
import { checkDigests, isDirManifest } from './digests.js';
import { type LayoutFile, layoutFiles } from './layout-files.js';
import { compressionOf } from './look.js';
import { listName, maxListBytes, withoutNames } from './names.js';
import { ArchiveProblem } from './problem.js';
import { hasLinks, type TarMember, tarEnd, tarHeader, tarMembers, tarPadding } from './tar.js';
import { endsEarly } from './tar-header.js';

/** What is told and heeded while a copy is made. */
export interface Copying {
  readonly signal: AbortSignal;
  /** Told how many bytes more have been written. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies an archive or layout that is open to `to`, which nobody else may enter: between a look and podman’s, what lies
 * in a root may be exchanged. The copy of a layout shares its blocks with the original where the file system can do
 * that. The members of an archive are written anew, so that podman reads nothing that was understood otherwise; `mark` is
 * a file beside those of an oci-archive by which its directory is known. In the copy is the image that the reference
 * names, without its names (see withoutNames).
 *
 * @throws ArchiveProblem, or the error of a system call
 */
export async function copyArchive(
  reference: Image,
  fd: number,
  to: string,
  mark: string,
  copying: Copying,
): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const { transport } = reference;
  if (transport === 'docker-archive' || transport === 'oci-archive')
    await rewriteTar(reference, fd, to, transport === 'oci-archive' ? mark : undefined, copying);
  else {
    await mkdir(to, { mode: 0o700 });
    for (const file of layoutFiles(fd)) {
      const path = join(to, file.name);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      if (file.name === listName(reference)) await writeFile(path, withoutNames(reference, readList(file)));
      else await copyRegular(file.fd, path, copying);
      if (transport === 'dir' && isDirManifest(file.name)) checkDigests(file.name, path);
    }
  }
}

type Image = Pick<PathReference, 'transport' | 'rest'>;

function readList({ fd, name }: LayoutFile): Buffer {
  const bytes = Buffer.alloc(maxListBytes + 1);
  let length = 0;
  for (let more = -1; more !== 0; length += more)
    more = readSync(fd, bytes, length, bytes.length - length, length);
  if (length > maxListBytes) throw new ArchiveProblem(`${name} in it is too large`);
  return bytes.subarray(0, length);
}

/** A copy that shares its blocks is there at once; any other is one that can be stopped, and whose bytes are counted. */
async function copyRegular(fd: number, to: string, { signal, onBytes }: Copying): Promise<void> {
  signal.throwIfAborted();
  const from = `/proc/self/fd/${fd}`;
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
  }
  const source = createReadStream(from, { highWaterMark: chunkBytes });
  source.on('data', (chunk) => onBytes(chunk.length));
  await pipeline(source, createWriteStream(to, { mode: 0o600 }), { signal });
}

/** The files of an OCI layout (OCI image spec, image-layout.md). */
const layoutName = /^(?:oci-layout|index\.json|blobs\/[a-z\d]+(?:[.+_-][a-z\d]+)*\/[a-fA-F\d]{32,128})$/;

/** Layers are compressed already, so that a layout hardly grows. */
const maxGrowth = 32;
const smallBytes = 8 * 1024 * 1024;
const chunkBytes = 1024 * 1024;

async function rewriteTar(
  image: Image,
  fd: number,
  to: string,
  mark: string | undefined,
  { signal, onBytes }: Copying,
): Promise<void> {
  signal.throwIfAborted();
  const compression = compressionOf(fd);
  const limit = compression === null ? Infinity : fstatSync(fd).size * maxGrowth + smallBytes;
  const path = `/proc/self/fd/${fd}`;
  const source = createReadStream(path, { highWaterMark: chunkBytes });
  const file = await open(to, 'wx', 0o600);
  const write = async (bytes: Buffer) => {
    await file.writeFile(bytes);
    onBytes(bytes.length);
  };
  const rewrite = async (chunks: AsyncIterable<Buffer>) => {
    if (mark !== undefined) await write(tarHeader({ name: mark, size: 0 }));
    const input = reader(chunks, limit);
    await copyMembers(image, input, write);
    await write(tarEnd);
    // A stream that is read to its end closes by itself.
    await input.pass(Infinity);
  };
  try {
    if (compression === null) await pipeline(source, rewrite, { signal });
    else await pipeline(source, createGunzip({ chunkSize: chunkBytes }), rewrite, { signal });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_')) throw new ArchiveProblem('its compression is damaged');
    throw error;
  } finally {
    await file.close();
  }
}

type Write = (bytes: Buffer) => Promise<void>;

async function copyMembers(image: Image, input: Reader, write: Write): Promise<void> {
  const walk = tarMembers(hasLinks(image.transport));
  const isWanted = (name: string) => image.transport === 'docker-archive' || layoutName.test(name);
  let given: Buffer | undefined;
  for (;;) {
    const { done, value: need } = walk.next(given);
    if (done) return;
    given = undefined;
    if ('read' in need) given = await input.read(need.read);
    else if (need.member === undefined || !isWanted(need.member.name)) await input.pass(need.skip);
    else if (need.member.name === listName(image)) await copyList(image, need.member, input, write);
    else await copyMember(need.member, input, write);
  }
}

async function copyList(
  image: Image,
  { name, size, link }: TarMember,
  input: Reader,
  write: Write,
): Promise<void> {
  // podman would follow it.
  if (link !== undefined) throw new ArchiveProblem(`${name} in it is a symbolic link`);
  if (size > maxListBytes) throw new ArchiveProblem(`${name} in it is too large`);
  const given = await input.read(size);
  if (given.length < size) throw endsEarly();
  const content = withoutNames(image, given);
  await write(
    Buffer.concat([tarHeader({ name, size: content.length }), content, tarPadding(content.length)]),
  );
}

async function copyMember(member: TarMember, input: Reader, write: Write): Promise<void> {
  await write(tarHeader(member));
  if (!(await input.pass(member.size, write))) throw endsEarly();
  await write(tarPadding(member.size));
}

interface Reader {
  /** The next bytes; fewer at the end. */
  read(length: number): Promise<Buffer>;
  /** Gives the next bytes to `write`; whether there were as many. */
  pass(length: number, write?: Write): Promise<boolean>;
}

function reader(chunks: AsyncIterable<Buffer>, limit: number): Reader {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let total = 0;
  /** Up to so many bytes; none at the end. */
  const some = async (length: number): Promise<Buffer> => {
    if (rest.length === 0) {
      const next = await iterator.next();
      if (next.done) return rest;
      rest = next.value;
      total += rest.length;
      if (total > limit) throw new ArchiveProblem(`it is more than ${maxGrowth} times as large unpacked`);
    }
    const part = rest.subarray(0, length);
    rest = rest.subarray(part.length);
    return part;
  };
  const pass = async (length: number, write?: Write): Promise<boolean> => {
    for (let left = length; left > 0; ) {
      const part = await some(left);
      if (part.length === 0) return false;
      await write?.(part);
      left -= part.length;
    }
    return true;
  };
  return {
    pass,
    read: async (length) => {
      const parts: Buffer[] = [];
      await pass(length, async (part) => {
        parts.push(part);
      });
      return Buffer.concat(parts);
    },
  };
}
