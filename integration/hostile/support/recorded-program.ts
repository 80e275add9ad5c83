import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One start of a program: its arguments, and its environment as `NAME=VALUE`. */
export interface Call {
  readonly argv: readonly string[];
  readonly environment: readonly string[];
}

/** A program that is recorded each time it is started. */
export interface RecordedProgram {
  readonly path: string;
  /** The starts since the last `forget`, in no order. */
  readonly calls: () => Promise<readonly Call[]>;
  readonly forget: () => Promise<void>;
}

/** Puts a recording program before the one at `program`: the process becomes that program. */
export async function recordedProgram(
  directory: string,
  name: string,
  program: string,
): Promise<RecordedProgram> {
  const records = join(directory, `${name}-calls`);
  const path = join(directory, name);
  await mkdir(records);
  await writeFile(
    path,
    `#!/bin/sh
/usr/bin/cat /proc/$$/environ >'${records}/'$$.environment
printf '%s\\0' "$@" >'${records}/'$$.argv
exec '${program}' "$@"
`,
    { mode: 0o755 },
  );
  const strings = async (file: string) =>
    (await readFile(join(records, file), 'utf8')).split('\0').slice(0, -1);
  return {
    path,
    calls: async () => {
      const files = (await readdir(records)).filter((file) => file.endsWith('.argv'));
      return await Promise.all(
        files.map(async (file) => ({
          argv: await strings(file),
          environment: await strings(file.replace(/argv$/, 'environment')),
        })),
      );
    },
    forget: async () => {
      for (const file of await readdir(records)) await rm(join(records, file));
    },
  };
}
