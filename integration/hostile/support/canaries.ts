import { createHash, randomBytes } from 'node:crypto';
import { type BigIntStats, lstatSync, utimesSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Cleanup } from '../../support/temp.js';
import { mountTmpfs } from '../../support/tmpfs.js';

/** Things of this host that nothing from outside may run, read, write or remove. */
export interface Canaries {
  /** Holds all of them; nobody has a reason to name it, or anything below it. */
  readonly directory: string;
  /** A text file that begins with `secretStart` and holds `token`. */
  readonly secret: string;
  readonly token: string;
  /** A program that leaves a mark beside it. */
  readonly program: string;
  /** The text of such a program, to be put elsewhere. */
  readonly programText: string;
  readonly file: string;
  readonly tree: string;
  /** An OCI layout whose `index.json` holds the token. */
  readonly layout: string;
  /** Makes every later access visible. */
  readonly arm: () => Promise<void>;
  /** What has happened to them since they were armed, such as `read: secret`. */
  readonly touched: () => Promise<readonly string[]>;
}

/** A parser that is given the secret shows this character. */
export const secretStart = 'Z';

const accessedAt = 1_000;
const changedAt = 2_000;

/** Makes them on a file system of their own, which keeps the times of accesses. */
export async function newCanaries(cleanup: Cleanup): Promise<Canaries> {
  const { path } = await cleanup.use(mountTmpfs(16 * 1024 * 1024));
  const directory = join(path, 'canary');
  const at = (name: string) => join(directory, name);
  const token = `canary-${randomBytes(12).toString('hex')}`;
  const programText = `#!/bin/sh\necho "$0 $*" >>${at('ran')}\n`;
  const text = `${secretStart}${token}\n`;
  await mkdir(at('tree/deep'), { recursive: true });
  await mkdir(at('layout/blobs/sha256'), { recursive: true });
  await writeFile(at('secret'), text, { mode: 0o600 });
  await writeFile(at('file'), text);
  await writeFile(at('program'), programText, { mode: 0o755 });
  await writeFile(at('tree/leaf'), text);
  await writeFile(at('tree/deep/leaf'), text);
  await writeFile(at('layout/index.json'), text);
  await writeFile(at('layout/oci-layout'), text);
  let before = new Map<string, string>();

  const arm = async () => {
    for (const file of (await walk(directory)).toReversed()) utimesSync(file, accessedAt, changedAt);
    before = await states(directory);
    // Reading them was an access, too.
    for (const file of [...before.keys()].toReversed()) utimesSync(file, accessedAt, changedAt);
  };
  const touched = async () => {
    const read = [...before.keys()].filter((file) => wasRead(file));
    const now = await states(directory);
    const show = (verb: string, files: readonly string[]) =>
      files.map((file) => `${verb}: ${relative(directory, file) || '.'}`);
    return [
      ...show(
        'removed',
        [...before.keys()].filter((file) => !now.has(file)),
      ),
      ...show(
        'made',
        [...now.keys()].filter((file) => !before.has(file)),
      ),
      ...show(
        'changed',
        [...now.keys()].filter((file) => before.has(file) && before.get(file) !== now.get(file)),
      ),
      ...show('read', read),
    ];
  };
  await arm();
  // So that no row passes because accesses cannot be seen.
  await readFile(at('secret'));
  if (!(await touched()).includes('read: secret')) throw new Error(`${path} keeps no times of accesses`);
  await arm();
  return {
    directory,
    secret: at('secret'),
    token,
    program: at('program'),
    programText,
    file: at('file'),
    tree: at('tree'),
    layout: at('layout'),
    arm,
    touched,
  };
}

/** Every path below the directory and itself, parents first. */
async function walk(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const below = await Promise.all(
    entries
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const path = join(directory, entry.name);
        return entry.isDirectory() ? walk(path) : [path];
      }),
  );
  return [directory, ...below.flat()];
}

function stats(file: string): BigIntStats | undefined {
  return lstatSync(file, { bigint: true, throwIfNoEntry: false });
}

function wasRead(file: string): boolean {
  const found = stats(file);
  return found !== undefined && found.atimeMs !== BigInt(accessedAt) * 1000n;
}

async function states(directory: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const file of await walk(directory)) {
    const stat = stats(file);
    if (stat === undefined) continue;
    const { mode, uid, gid, ino, nlink, size, mtimeNs } = stat;
    const content = stat.isFile()
      ? createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
      : '';
    found.set(file, [mode, uid, gid, ino, nlink, size, mtimeNs, content].join(' '));
  }
  return found;
}
