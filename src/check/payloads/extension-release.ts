import type { Extension, ExtensionKind } from '../../model/extension.js';
import { readEnvFile } from '../../text/env-file.js';
import { printable, shown } from '../../text/printable.js';

/** systemd's names of processors, by those that images have (Go's). Source: systemd's src/basic/architecture.c. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['386', 'x86'],
  ['amd64', 'x86-64'],
  ['arm', 'arm'],
  ['arm64', 'arm64'],
  ['loong64', 'loongarch64'],
  ['mips64le', 'mips64-le'],
  ['ppc64', 'ppc64'],
  ['ppc64le', 'ppc64-le'],
  ['riscv64', 'riscv64'],
  ['s390x', 's390x'],
]);

/**
 * Why systemd would not merge an extension on top of an OS, as a clause that follows “the extension”; null where it
 * would. An extension that fits by `ID_LIKE=` fits, although an older systemd looks at `ID=` alone.
 * Source: `extension_release_validate` in systemd's src/shared/extension-util.c, os-release(5), systemd-sysext(8).
 *
 * @param release the text of the extension's `extension-release.NAME` (see `extensionReleasePath`)
 * @param osRelease the text of the os-release of the root that it is for
 * @param architecture the processor of the host, as images name it: `amd64`
 */
export function extensionRefusal(
  kind: ExtensionKind,
  release: string,
  osRelease: string,
  architecture: string,
): string | null {
  const own = readEnvFile(release);
  const host = readEnvFile(osRelease);
  /** Empty is absent. */
  const of = (values: ReadonlyMap<string, string>, key: string) => values.get(key) || undefined;
  const prefix = kind === 'sysext' ? 'SYSEXT' : 'CONFEXT';

  if (own.size === 0) return 'says nothing of the OS that it is for: its extension-release is empty';
  const id = of(host, 'ID');
  if (id === undefined) return 'cannot be merged: the os-release of the root has no ID=';

  const scope = own.get(`${prefix}_SCOPE`);
  if (scope !== undefined && !words(scope).includes('system'))
    return `is not for systems: ${prefix}_SCOPE=${shown(scope)} has no “system”`;

  const wanted = of(own, 'ARCHITECTURE');
  const processor = architectures.get(architecture);
  if (wanted !== undefined && wanted !== '_any' && processor !== undefined && wanted !== processor)
    return `is for the architecture ${shown(wanted)}, and the host is ${processor}`;

  const ownId = of(own, 'ID');
  if (ownId === undefined)
    return `says no OS that it is for: its extension-release has no ID=, which should be ${shown(id)} or _any`;
  if (ownId === '_any') return null;
  if (ownId !== id && !words(host.get('ID_LIKE') ?? '').includes(ownId))
    return `is for the OS ${shown(ownId)}, and the root is ${shown(id)}`;

  const level = of(host, `${prefix}_LEVEL`);
  const ownLevel = of(own, `${prefix}_LEVEL`);
  if (level !== undefined && ownLevel !== undefined) {
    if (level === ownLevel) return null;
    return `is for ${prefix}_LEVEL=${shown(ownLevel)}, and the root has ${shown(level)}`;
  }
  const version = of(host, 'VERSION_ID');
  const ownVersion = of(own, 'VERSION_ID');
  // Rolling releases have none.
  if (version === undefined || version === ownVersion) return null;
  return ownVersion === undefined
    ? `does not say the VERSION_ID that it is for, which should be ${shown(version)}`
    : `is for ${shown(ownId)} ${shown(ownVersion)}, and the root is ${shown(id)} ${shown(version)}`;
}

/** As it stands in a sentence, after “the”. */
export function describeExtension({ kind, name }: Extension): string {
  return `${kind === 'sysext' ? 'system extension' : 'configuration extension'} ${printable(name)}`;
}

/** What to do about an extension that is not for the OS. */
export function unfitHint(kind: ExtensionKind): string {
  const level = kind === 'sysext' ? 'SYSEXT_LEVEL=' : 'CONFEXT_LEVEL=';
  return `bind the one that is made for this OS: ID=, VERSION_ID= or ${level} in its extension-release say for which it is`;
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
