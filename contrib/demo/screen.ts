import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const isBold = process.stdout.isTTY && !process.env.NO_COLOR;

/** Prints a line. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Prints what happens next and why, set off from what came before. */
export function printStep(text: string): void {
  print(isBold ? `\n\x1b[1m${text}\x1b[22m` : `\n${text}`);
}

/** Prints every directory below `dir` that holds files, with the files, and with the targets of links. */
export async function printTree(dir: string): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => !entry.isDirectory());
  if (files.length > 0) print(`  ${dir}/`);
  for (const file of files) {
    const target = file.isSymbolicLink() ? ` -> ${await readlink(join(dir, file.name))}` : '';
    print(`      ${file.name}${target}`);
  }
  for (const entry of entries) {
    if (entry.isDirectory()) await printTree(join(dir, entry.name));
  }
}
