import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { BoundImagesError } from '../../model/error.js';

/**
 * The absolute path of a program, looked up in PATH as execvp(3) does; a name with a slash is a path.
 * `undefined` when there is no such executable file. Starts no process.
 */
export function findProgram(name: string, searchPath = process.env.PATH ?? ''): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? resolve(name) : undefined;
  return searchPath
    .split(delimiter)
    .map((directory) => resolve(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The same for a tool that is needed; `name` is also that of its package and of the option that names another.
 *
 * @throws BoundImagesError `tool-missing`.
 */
export function requireProgram(name: string, program: string): string {
  const path = findProgram(program);
  if (path !== undefined) return path;
  throw new BoundImagesError(
    'tool-missing',
    `${name} is needed, and “${program}” is not an executable program`,
    {
      hint: `install the package ${name}`,
      reason: { kind: 'program-missing', name },
    },
  );
}
