import { closeSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Copying, copyArchive } from '../archive/copy.js';
import type { PullFiles } from '../podman/pull-command.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { openWithoutLinks } from '../root/open-without-links.js';

/**
 * Copies the archive or layout that an image is in to `directory`. Its path there is the one of the reference: podman
 * before 5 makes the name of an `oci:` image of the path that it is given, and it is to be the same at boot and in
 * every run.
 *
 * @param mark see copyArchive
 * @throws ArchiveProblem, or the error of a system call
 */
export async function privateArchive(
  directory: string,
  { image: { reference }, archive }: ResolvedImage,
  mark: string,
  copying: Copying,
): Promise<PullFiles['archive']> {
  if (reference.transport === 'docker' || archive === undefined) return undefined;
  const { transport, path, rest } = reference;
  const name = posix.normalize(`/${path}`).replace(/^\/|\/$/g, '') || 'root';
  const fd = openWithoutLinks(archive.hostPath);
  try {
    await copyArchive(transport, fd, join(directory, name), mark, copying);
  } finally {
    closeSync(fd);
  }
  return { directory, source: `${transport}:${name}${rest === null ? '' : `:${rest}`}` };
}
