import { relative } from 'node:path';
import type { Checked } from './check.js';

/** The way from the working directory to the root; undefined if the root is not below it. */
function prefixBelow(root: string, workingDirectory: string): string | undefined {
  const way = relative(workingDirectory, root);
  return way === '..' || way.startsWith('../') ? undefined : way;
}

/**
 * How the services of a repository name a file of the root: from the working directory where the root is below it, as in
 * a repository, and else by its path in the root.
 */
export function pathInRepository({ root }: Checked, file: string, workingDirectory: string): string {
  const prefix = root === null ? undefined : prefixBelow(root, workingDirectory);
  return prefix === undefined ? file : `${prefix}${file}`.replace(/^\//, '');
}
