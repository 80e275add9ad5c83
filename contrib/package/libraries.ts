import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The shared libraries that an executable of any platform is linked to, as `libc.so.6`; none for a script.
 * @throws Error when readelf is not installed
 */
export function librariesOf(executable: string): readonly string[] {
  if (!isElf(executable)) return [];
  const said = execFileSync('readelf', ['--dynamic', '--wide', executable], { encoding: 'utf8' });
  return [...said.matchAll(/\(NEEDED\) .*\[(.+)\]$/gm)].map(([, name = '']) => name);
}

function isElf(file: string): boolean {
  const start = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, start);
  closeSync(descriptor);
  return start.toString('latin1') === '\x7fELF';
}
