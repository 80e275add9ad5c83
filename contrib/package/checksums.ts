import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow } from './files.js';

/** The list of them, as `sha256sum --check` reads it. */
export const checksums = 'SHA256SUMS';

/** Writes that list, with every file below the directory. */
export async function writeChecksums(directory: string): Promise<void> {
  const files = (await filesBelow(directory)).filter((file) => file !== checksums);
  const lines: string[] = [];
  for (const file of files) {
    const digest = createHash('sha256').update(await readFile(join(directory, file)));
    lines.push(`${digest.digest('hex')}  ${file}\n`);
  }
  await writeFile(join(directory, checksums), lines.join(''));
}
