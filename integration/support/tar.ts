import { dirname } from 'node:path';

/** A regular file for an archive; `content` is as long as `sizeBytes` says and is read once. */
export type TarFile = {
  readonly path: string;
  readonly sizeBytes: number;
  readonly content: Iterable<Buffer>;
};

const blockBytes = 512;

/**
 * Yields a ustar archive (POSIX.1-2017, pax, "ustar Interchange Format") of `files` and their parent
 * directories: root's, mode 0644 and 0755, times 0, so that the same files give the same bytes.
 * Paths have at most 100 bytes.
 */
export function* tarArchive(files: readonly TarFile[]): Generator<Buffer> {
  const directories = new Set<string>();
  for (const file of files) {
    for (const directory of parents(file.path)) {
      if (directories.has(directory)) continue;
      directories.add(directory);
      yield header(`${directory}/`, 0o755, 0, '5');
    }
    yield header(file.path, 0o644, file.sizeBytes, '0');
    yield* file.content;
    yield Buffer.alloc(-file.sizeBytes & (blockBytes - 1));
  }
  yield Buffer.alloc(2 * blockBytes);
}

function parents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === '.' || parent === '/' ? [] : [...parents(parent), parent];
}

function header(path: string, mode: number, sizeBytes: number, type: '0' | '5'): Buffer {
  if (Buffer.byteLength(path) > 100) throw new Error(`Too long for a ustar header: ${path}`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, width: number) =>
    block.write(value.toString(8).padStart(width - 1, '0'), offset);
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(sizeBytes, 124, 12);
  octal(0, 136, 12);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
