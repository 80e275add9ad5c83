import { readFile } from 'node:fs/promises';
import { exec } from './exec.js';

/** Unmounts everything mounted at or below `dir`, deepest first, also what is still in use. */
export async function unmountBelow(dir: string): Promise<void> {
  const mountPoints = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => decode(line.split(' ')[4] ?? ''))
    .filter((point) => point === dir || point.startsWith(`${dir}/`));
  for (const point of mountPoints.sort().reverse()) await exec('umount', ['--lazy', '--', point]);
}

/** proc(5): space, tab, newline and backslash appear as octal escapes. */
function decode(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
