import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { withWorkDirectory } from './archive.js';
import {
  control,
  copyright,
  debianChangelog,
  debianVersion,
  lintianOverrides,
  postinst,
  postrm,
  prerm,
} from './debian-files.js';
import type { Platform } from './node.js';
import { about, platformNames } from './platforms.js';
import {
  extendedTree,
  gzipped,
  type InstalledFile,
  type InstalledTree,
  movedTree,
  setTimes,
  writeInstalledTree,
} from './tree.js';

/** Makes a package for Debian and its kin, `OUTPUT/bound-images_VERSION_ARCHITECTURE.deb`, and returns its path. */
export async function makeDeb(
  tree: InstalledTree,
  platform: Platform,
  outputDirectory: string,
): Promise<string> {
  const architecture = platformNames[platform].debian;
  const file = join(outputDirectory, `${about.name}_${debianVersion(tree)}_${architecture}.deb`);
  const content = debianTree(tree);
  await withWorkDirectory(async (directory) => {
    await writeInstalledTree(content, directory);
    await writeControlFiles(content, join(directory, 'DEBIAN'), control(content, architecture));
    await setTimes(directory, tree.modified);
    await execOk('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', directory, file], {
      env: { SOURCE_DATE_EPOCH: `${tree.modified}` },
    });
  });
  return file;
}

/** The tree with the files that Debian's policy wants, and with others where it wants them. */
function debianTree(tree: InstalledTree): InstalledTree {
  const documents = `usr/share/doc/${about.name}`;
  const file = (path: string, content: string | Buffer): InstalledFile => ({ path, mode: 0o644, content });
  const elsewhere = movedTree(tree, ({ path }) => {
    if (path.startsWith('usr/share/zsh/site-functions/')) {
      return path.replace('site-functions', 'vendor-completions');
    }
    if (!path.startsWith('usr/share/licenses/'))
      return path === `${documents}/CHANGELOG.md` ? undefined : path;
    // The licence itself every Debian has.
    return basename(path) === 'LICENSE' ? undefined : `${documents}/${basename(path)}`;
  });
  return extendedTree(elsewhere, [
    file(`${documents}/changelog.gz`, gzipped(readFileSync('CHANGELOG.md'))),
    file(`${documents}/changelog.Debian.gz`, gzipped(debianChangelog(tree))),
    file(`${documents}/copyright`, copyright(tree)),
    file(`usr/share/lintian/overrides/${about.name}`, lintianOverrides),
  ]);
}

async function writeControlFiles(tree: InstalledTree, directory: string, controlFile: string): Promise<void> {
  await mkdir(directory);
  const md5sums = tree.files.map((file) => `${md5(file)}  ${file.path}\n`).join('');
  await writeFile(join(directory, 'control'), controlFile);
  await writeFile(join(directory, 'md5sums'), md5sums);
  for (const [name, script] of Object.entries({ postinst, prerm, postrm })) {
    await writeFile(join(directory, name), script, { mode: 0o755 });
  }
}

function md5({ content }: InstalledFile): string {
  const data =
    typeof content === 'string' || Buffer.isBuffer(content) ? content : readFileSync(content.copyOf);
  return createHash('md5').update(data).digest('hex');
}
