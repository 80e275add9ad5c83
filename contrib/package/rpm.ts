import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execOk } from '../../integration/support/exec.js';
import { withWorkDirectory } from './archive.js';
import type { Platform } from './node.js';
import { about, platformNames } from './platforms.js';
import { directoriesOf, type InstalledTree, presetUnits, writeInstalledTree } from './tree.js';

/** Makes a package for Fedora and its kin, `OUTPUT/bound-images-VERSION-1.ARCHITECTURE.rpm`, and returns its path. */
export async function makeRpm(
  tree: InstalledTree,
  platform: Platform,
  outputDirectory: string,
): Promise<string> {
  const architecture = platformNames[platform].rpm;
  const name = `${about.name}-${rpmVersion(tree)}-1.${architecture}.rpm`;
  await withWorkDirectory(async (directory) => {
    const content = join(directory, 'content');
    await mkdir(content);
    await writeInstalledTree(tree, content);
    const spec = join(directory, `${about.name}.spec`);
    await writeFile(spec, specOf(tree, content));
    const definitions = Object.entries({ ...settings, _topdir: directory }).flatMap(([macro, value]) => [
      '--define',
      `${macro} ${value}`,
    ]);
    await execOk('rpmbuild', ['-bb', '--quiet', `--target=${architecture}`, ...definitions, spec], {
      env: { SOURCE_DATE_EPOCH: `${tree.modified}` },
    });
    await copyFile(join(directory, 'RPMS', architecture, name), join(outputDirectory, name));
  });
  return join(outputDirectory, name);
}

const settings = {
  // Nothing is changed in what is installed: an executable with something appended does not survive strip(1).
  __os_install_post: '%{nil}',
  debug_package: '%{nil}',
  _build_id_links: 'none',
  // Equal trees give equal packages.
  _buildhost: 'localhost',
  use_source_date_epoch_as_buildtime: '1',
  clamp_mtime_to_source_date_epoch: '1',
  // What every rpm since RHEL 8 can read; the number of threads is said so that it does not depend on the machine.
  _binary_payload: 'w6T2.xzdio',
} as const;

const rpmVersion = ({ version }: InstalledTree) => version.replace('-', '~');

const ownDirectories = /\/bound-images(?:\/|$)|\.service\.d$/;
const units = presetUnits.join(' ');

function specOf(tree: InstalledTree, content: string): string {
  const directories = directoriesOf(tree).filter((path) => ownDirectories.test(path));
  const files = tree.files.map(({ path, mode }) => {
    const kind = path.startsWith('usr/share/licenses/')
      ? '%license '
      : path.startsWith('usr/share/doc/')
        ? '%doc '
        : '';
    return `${kind}%attr(0${mode.toString(8)}, root, root) /${path}`;
  });
  const date = new Date(tree.modified * 1000)
    .toUTCString()
    .replace(/^(\w+), (\d+) (\w+) (\d+) .*/, '$1 $3 $2 $4');
  // The scripts are what the macros of systemd's packages stand for: %systemd_post, %systemd_preun, %systemd_postun.
  return `Name: ${about.name}
Version: ${rpmVersion(tree)}
Release: 1
Summary: ${about.summary.replace(/^./, (letter) => letter.toUpperCase())}
License: ${about.licence}
URL: ${about.homepage}
Requires: podman
Recommends: skopeo

%description
${about.description.join('\n')}

%install
cp -a ${content}/. %{buildroot}/

%post
if [ $1 -eq 1 ] && command -v systemctl >/dev/null; then
  # The first installation: what the presets say.
  systemctl --no-reload preset ${units} || :
fi

%preun
if [ $1 -eq 0 ] && command -v systemctl >/dev/null; then
  if [ -d /run/systemd/system ]; then
    systemctl --no-reload disable --now ${units} || :
  else
    systemctl --no-reload disable ${units} || :
  fi
fi

%postun
if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi

%files
${[...directories.map((path) => `%dir %attr(0755, root, root) /${path}`), ...files].join('\n')}

%changelog
* ${date} ${about.maintainer} - ${rpmVersion(tree)}-1
- Release ${tree.version}.
`;
}
