import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from './host.js';

const contrib = join(dirname(fileURLToPath(import.meta.url)), '../../contrib/systemd');

/** The files of contrib/systemd/system by their path below it, units and drop-ins. */
export async function ownUnits(): Promise<Readonly<Record<string, string>>> {
  return readAll(join(contrib, 'system'));
}

/** The presets of contrib/systemd/system-preset by name. */
export async function ownPresets(): Promise<Readonly<Record<string, string>>> {
  return readAll(join(contrib, 'system-preset'));
}

async function readAll(directory: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  const texts = await Promise.all(paths.map((path) => readFile(join(directory, path), 'utf8')));
  return Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? '']));
}

/** What the units of other projects say that ours refer to, without their documentation. */
export const upstreamUnits = {
  // ostree v2026.4, src/boot/ostree-finalize-staged.service; the hold unit only keeps an automounted /boot open.
  'ostree-finalize-staged.service': `[Unit]
ConditionPathExists=/run/ostree-booted
DefaultDependencies=no
RequiresMountsFor=/sysroot /boot /etc
After=local-fs.target
Before=basic.target final.target
After=systemd-journal-flush.service
Conflicts=final.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStop=/usr/bin/ostree admin finalize-staged
TimeoutStopSec=5m
ProtectHome=yes
ReadOnlyPaths=/etc
`,
  // bootc 1.16.9, systemd/bootc-fetch-apply-updates.service
  'bootc-fetch-apply-updates.service': `[Unit]
ConditionPathExists=/run/ostree-booted
[Service]
Type=oneshot
ExecStart=/usr/bin/bootc upgrade --apply --quiet
`,
  // rpm-ostree 2026.2, src/daemon/rpm-ostreed-automatic.service
  'rpm-ostreed-automatic.service': `[Unit]
ConditionPathExists=/run/ostree-booted
[Service]
Type=simple
ExecStart=rpm-ostree upgrade --quiet --trigger-automatic-update-policy
`,
  // uupd 1.4, uupd.service; SELinux is not for tests
  'uupd.service': `[Unit]
StartLimitBurst=3
StartLimitIntervalSec=600
[Service]
Type=oneshot
ExecStart=/usr/bin/uupd --log-level=debug --json
Restart=on-failure
RestartSec=60s
`,
} as const;

/** The drop-in that contrib/docs/hosts.md shows for uupd. @throws Error when it shows none */
export async function uupdDropIn(): Promise<string> {
  const page = await readFile('contrib/docs/hosts.md', 'utf8');
  const [, text] = /uupd\.service\.d\/bound-images\.conf`:\n\n((?: {4}.*\n|\n)+)/.exec(page) ?? [];
  if (text === undefined) throw new Error('contrib/docs/hosts.md shows no drop-in for uupd');
  return text.replaceAll(/^ {4}/gm, '');
}

/** Units of systemd itself that the above refer to, and those of a shutdown; without what hooks into them. */
const systemdUnits = [
  'basic.target',
  'sysinit.target',
  'local-fs.target',
  'network-online.target',
  'multi-user.target',
  'timers.target',
  'paths.target',
  'shutdown.target',
  'umount.target',
  'final.target',
  'poweroff.target',
  'systemd-poweroff.service',
];

/** Those of a soft reboot, of systemd 254 and later. */
export const softRebootUnits = ['soft-reboot.target', 'systemd-soft-reboot.service'];

/** All of these units, and drop-ins for them, for a directory of a root. `more` units of systemd come from `usr`. */
export async function unitTree(
  directory: string,
  dropIns: Tree = {},
  { usr = '/usr', more = [] }: { readonly usr?: string; readonly more?: readonly string[] } = {},
): Promise<Tree> {
  const names = [...systemdUnits, ...more];
  const texts = await Promise.all(
    names.map((name) => readFile(join(usr, 'lib/systemd/system', name), 'utf8')),
  );
  const units: Tree = {
    ...Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ''])),
    ...upstreamUnits,
    ...(await ownUnits()),
    ...dropIns,
  };
  return Object.fromEntries(
    Object.entries(units).map(([path, node]) => [join(directory, path).replace(/^\//, ''), node]),
  );
}
