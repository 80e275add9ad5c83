import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { type Copying, copyArchive } from '../archive/copy.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import { openWithoutLinks } from '../root/open-without-links.js';
import type { PullFiles } from '../tools/podman/pull-command.js';

/**
 * Copies the archive or layout that an image is in to `directory`. Its path there says nothing of the reference: podman
 * before 5 makes the name of what lies in a directory of the path that it is given, `localhost/PATH:latest`, and takes
 * it from any image of this host.
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
  const name = 'bound-images/archive';
  const fd = openWithoutLinks(archive.hostPath);
  try {
    await copyArchive(reference, fd, join(directory, name), mark, copying);
  } finally {
    closeSync(fd);
  }
  return { directory, source: `${reference.transport}:${name}` };
}
