import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a file holds, as a descriptor of an OCI layout says it. */
export interface Measured {
  readonly digest: string;
  readonly size: number;
}

/** Runs a function with an empty directory that is removed afterwards. */
export async function withWorkDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'bound-images-package-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Packs what is in a directory, sorted, with root as the owner, and of that time, so that equal directories give equal
 * archives. `packer` reads the archive and writes what goes into `file`. Both sides are measured.
 */
export async function packDirectory(
  directory: string,
  file: string,
  modified: number,
  packer: readonly [string, ...string[]],
): Promise<{ readonly plain: Measured; readonly packed: Measured }> {
  const owner = ['--owner=0', '--group=0', '--numeric-owner', `--mtime=@${modified}`];
  // The directory itself is not part of it: `./` would be the root of the system that it is unpacked into.
  const names = (await readdir(directory)).sort();
  const options = ['--format=ustar', '--sort=name', ...owner, `--directory=${directory}`, '--'];
  const tar = spawn('tar', ['--create', ...options, ...names], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [program, ...args] = packer;
  const packs = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const plain = meter();
  const packed = meter();
  await Promise.all([
    pipeline(tar.stdout, plain.stream, packs.stdin),
    pipeline(packs.stdout, packed.stream, createWriteStream(file)),
    succeeds(tar, 'tar'),
    succeeds(packs, program),
  ]);
  return { plain: plain.result(), packed: packed.result() };
}

async function succeeds(child: ChildProcess, program: string): Promise<void> {
  const [status, signal] = await once(child, 'close');
  if (status !== 0) throw new Error(`${program} ended with ${signal ?? `exit status ${status}`}`);
}

function meter() {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, result: (): Measured => ({ digest: `sha256:${hash.digest('hex')}`, size }) };
}
