import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const name = 'SHA256SUMS';

/** Writes what `sha256sum --check` reads, of every file below the directory. */
export async function writeChecksums(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((file) => file !== name)
    .sort();
  const lines: string[] = [];
  for (const file of files) {
    const digest = createHash('sha256').update(await readFile(join(directory, file)));
    lines.push(`${digest.digest('hex')}  ${file}\n`);
  }
  await writeFile(join(directory, name), lines.join(''));
}
