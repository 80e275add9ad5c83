import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from './programs.js';
import { type Cleanup, tempDir } from './temp.js';

/** A stand-in for a program that notes its arguments and then becomes the program itself. */
export type ProgramLog = {
  readonly path: string;
  /** The arguments of each call so far, joined by blanks. */
  readonly calls: () => Promise<readonly string[]>;
};

/** Makes a stand-in for `name`. */
export async function newProgramLog(cleanup: Cleanup, name: string): Promise<ProgramLog> {
  const dir = await tempDir(cleanup);
  const log = join(dir, 'log');
  await writeFile(log, '');
  const path = await writeProgram(dir, name, `echo "$*" >>'${log}'\nexec '${await findProgram(name)}' "$@"`);
  return { path, calls: async () => (await readFile(log, 'utf8')).split('\n').slice(0, -1) };
}

/** Makes a podman that gives itself out for another version and is podman itself otherwise. */
export async function newPodmanOfVersion(cleanup: Cleanup, version: string): Promise<string> {
  const [podman, sed] = await Promise.all(['podman', 'sed'].map((name) => findProgram(name)));
  const script = `case " $* " in
  *' --version '*) exec echo podman version ${version} ;;
  *' info '*) '${podman}' "$@" | '${sed}' 's/"Version": "[^"]*"/"Version": "${version}"/'; exit ;;
esac
exec '${podman}' "$@"`;
  return writeProgram(await tempDir(cleanup), 'podman', script);
}

async function writeProgram(dir: string, name: string, script: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}
