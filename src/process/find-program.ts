import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path of a program, looked up in PATH as execvp(3) does; a name with a slash is taken as it is.
 * `undefined` when there is no such executable file. Starts no process.
 */
export function findProgram(name: string, searchPath = process.env.PATH ?? ''): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  return searchPath
    .split(delimiter)
    .map((directory) => join(directory === '' ? '.' : directory, name))
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
