import { librariesOf } from './libraries.js';
import { about } from './platforms.js';
import { type InstalledTree, presetUnits, programPath, sizeOf } from './tree.js';

/** Which package has a library that Node.js is linked to, and from which version on it is new enough (BUILDING.md). */
const libraryPackages: Readonly<Record<string, string>> = {
  'libgcc_s.so.1': 'libgcc-s1',
  'libstdc++.so.6': 'libstdc++6 (>= 8)',
};
/** Parts of glibc, as the dynamic loader itself is. */
const ofLibc = /^(?:lib(?:c|dl|m|pthread|rt)\.so\.\d|ld-linux.*)$/;

/** Debian's version of a release: what comes before one sorts before it. */
export const debianVersion = ({ version }: InstalledTree) => `${version.replace('-', '~')}-1`;

/** deb-control(5) */
export function control(tree: InstalledTree, architecture: string): string {
  const kibibytes = tree.files.reduce((sum, file) => sum + Math.ceil(sizeOf(file) / 1024), 0);
  const fields = {
    Package: about.name,
    Version: debianVersion(tree),
    Architecture: architecture,
    Maintainer: about.maintainer,
    'Installed-Size': `${kibibytes}`,
    Depends: ['podman', ...libraryDependencies(tree)].join(', '),
    Recommends: 'skopeo',
    Section: 'admin',
    Priority: 'optional',
    Homepage: about.homepage,
    Description: [about.summary, ...about.description].join('\n '),
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}

function libraryDependencies({ files }: InstalledTree): readonly string[] {
  const program = files.find(({ path }) => path === programPath)?.content;
  if (program === undefined || typeof program === 'string' || Buffer.isBuffer(program)) return [];
  const packages = librariesOf(program.copyOf).map((name) => {
    const found = ofLibc.test(name) ? 'libc6 (>= 2.28)' : libraryPackages[name];
    if (found === undefined) throw new Error(`No package of Debian is known for ${name}`);
    return found;
  });
  return [...new Set(packages)].sort();
}

/** https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/ */
export const copyright = (
  tree: InstalledTree,
) => `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${about.name}
Source: ${about.homepage}

Files: *
Copyright: ${new Date(tree.modified * 1000).getUTCFullYear()} The bound-images authors
License: ${about.licence}
Comment:
 What is bundled into the program is under the licences that
 /usr/share/doc/${about.name}/THIRD-PARTY-NOTICES has.

License: ${about.licence}
 On Debian systems, the full text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.
`;

/** deb-changelog(5): what is new is told in the other changelog, by the authors of the program. */
export function debianChangelog(tree: InstalledTree): string {
  const date = new Date(tree.modified * 1000).toUTCString().replace('GMT', '+0000');
  return `${about.name} (${debianVersion(tree)}) unstable; urgency=medium

  * Release ${tree.version}.

 -- ${about.maintainer}  ${date}
`;
}

/** For lintian(1), each with the reason. */
export const lintianOverrides = `# The package is made by the authors of the program, for no distribution: it closes no bug of one.
${about.name}: initial-upload-closes-no-bugs
# Node.js, which is most of the program, is built like that by its authors, with the libraries that it knows.
${about.name}: embedded-library *
${about.name}: hardening-no-pie *
# The gate is there for the service that makes a staged deployment the next boot, and starts with it.
${about.name}: systemd-service-file-refers-to-unusual-wantedby-target ostree-finalize-staged.service *
`;

/** Which of the units are started: one that is disabled by preset is left out. */
const started = presetUnits.filter((unit) => unit !== 'bound-images-stage.path').join(' ');
const units = presetUnits.join(' ');

// As dh_installsystemd(1) has them, for units that are neither stopped nor started again by an upgrade: to stop the gate
// is to ask it. At the first installation deb-systemd-helper enables what the presets say.
export const postinst = `#!/bin/sh
set -e
case $1 in
configure | abort-upgrade | abort-deconfigure | abort-remove)
  for unit in ${units}; do
    if deb-systemd-helper --quiet was-enabled "$unit"; then
      deb-systemd-helper enable "$unit" >/dev/null || true
    else
      deb-systemd-helper update-state "$unit" >/dev/null || true
    fi
  done
  if [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    if [ -z "$2" ]; then deb-systemd-invoke start ${started} >/dev/null || true; fi
  fi
  ;;
esac
`;

export const prerm = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  deb-systemd-invoke stop ${units} >/dev/null || true
fi
`;

export const postrm = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload >/dev/null || true
fi
if [ "$1" = purge ]; then
  if command -v deb-systemd-helper >/dev/null; then deb-systemd-helper purge ${units} >/dev/null || true; fi
  rm -rf "$DPKG_ROOT/var/lib/bound-images"
fi
`;
