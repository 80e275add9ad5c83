import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { packDirectory, withWorkDirectory } from './archive.js';
import type { Platform } from './node.js';
import { about, platformNames } from './platforms.js';
import { extendedTree, type InstalledTree, writeInstalledTree } from './tree.js';

/**
 * Packs the files as they are installed, into `OUTPUT/bound-images-VERSION-linux-PLATFORM.tar.gz`, and returns its path.
 * It is what `install.sh` installs from, and unpacked into /var/lib/extensions/bound-images it is a system extension.
 */
export async function makeArchive(
  tree: InstalledTree,
  platform: Platform,
  outputDirectory: string,
): Promise<string> {
  const file = join(outputDirectory, `${about.name}-${tree.version}-linux-${platform}.tar.gz`);
  await withWorkDirectory(async (directory) => {
    await writeInstalledTree(extensionTree(tree, platform), directory);

    await packDirectory(directory, file, tree.modified, ['gzip', '-n']);
  });
  return file;
}

/**
 * Makes a system extension (systemd-sysext(8)) that is one file, `OUTPUT/bound-images-VERSION-ARCHITECTURE.raw`, and
 * returns its path. A host has to have it as /var/lib/extensions/bound-images.raw.
 */
export async function makeExtensionImage(
  tree: InstalledTree,
  platform: Platform,
  outputDirectory: string,
): Promise<string> {
  const name = `${about.name}-${tree.version}-${platformNames[platform].systemd}.raw`;
  const file = join(outputDirectory, name);
  const time = `${tree.modified}`;
  const contents = ['-all-root', '-no-xattrs', '-mkfs-time', time, '-all-time', time];
  await withWorkDirectory(async (directory) => {
    await writeInstalledTree(extensionTree(tree, platform), directory);
    const options = ['-noappend', '-quiet', '-no-progress', '-comp', 'zstd', ...contents];
    // It refuses to be told the time twice.
    await execOk('mksquashfs', [directory, file, ...options], { env: { SOURCE_DATE_EPOCH: undefined } });
  });
  return file;
}

/**
 * The tree with what makes it an extension. `_any` fits every distribution, for the program needs nothing but libc;
 * from systemd 255 on, the manager is told that there are new units, older ones ignore that line.
 */
function extensionTree(tree: InstalledTree, platform: Platform): InstalledTree {
  const lines = ['ID=_any', `ARCHITECTURE=${platformNames[platform].systemd}`, 'EXTENSION_RELOAD_MANAGER=1'];
  const path = `usr/lib/extension-release.d/extension-release.${about.name}`;
  return extendedTree(tree, [{ path, mode: 0o644, content: `${lines.join('\n')}\n` }]);
}
