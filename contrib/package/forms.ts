import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { licensesText } from '../../src/cli/report/licenses.js';
import { makeDeb } from './deb.js';
import { executableNotices } from './executable.js';
import { type Platform, platforms } from './node.js';
import { makeOciLayout } from './oci-layout.js';
import { makeRpm } from './rpm.js';
import { makeArchive, makeExtensionImage } from './system-extension.js';
import { type InstalledTree, installedTree } from './tree.js';
import { version } from './version.js';
import { words } from './words.js';

/** What is installed with the executable of that platform, which is in the directory. */
async function builtTree(platform: Platform, directory: string): Promise<InstalledTree> {
  const executable = join(directory, `bound-images-${version}-linux-${platform}`);
  return installedTree({ executable, ...words(), notices: licensesText(await executableNotices(platform)) });
}

/** The functions that make one form for each platform. */
const makers = {
  archives: makeArchive,
  extensions: makeExtensionImage,
  debs: makeDeb,
  rpms: makeRpm,
} as const;

/** Makes a form for every platform of the executables that are in the directory. */
export function form(name: keyof typeof makers): (directory: string) => Promise<void> {
  return async (directory) => {
    // One after the other: each packs with all processors.
    for (const platform of platforms) {
      await makers[name](await builtTree(platform, directory), platform, directory);
    }
  };
}

/** Makes the one layout of all of them. */
export async function ociLayout(directory: string): Promise<void> {
  const [x64, arm64] = await Promise.all([builtTree('x64', directory), builtTree('arm64', directory)]);
  await makeOciLayout({ x64, arm64 }, directory);
}

/** Puts the script that installs from an archive beside it. */
export async function installer(directory: string): Promise<void> {
  await copyFile('contrib/install.sh', join(directory, 'install.sh'));
}
