/** What systemd merges at boot: `sysext` into /usr and /opt, `confext` into /etc. */
export type ExtensionKind = 'sysext' | 'confext';

/** A system extension or configuration extension among the payloads. */
export interface Extension {
  readonly kind: ExtensionKind;
  /** What `extension-release.NAME` inside of it has to be named by. */
  readonly name: string;
}

const kinds: ReadonlyMap<string, ExtensionKind> = new Map([
  ['extensions', 'sysext'],
  ['confexts', 'confext'],
]);

/** Below the payload directory: what is merged from where. */
export const extensionDirectories: readonly string[] = [...kinds.keys()];

/**
 * The extension that a payload is, or is a part of: the name below `extensions/` or `confexts/`, without `.raw`.
 * `undefined` for what is elsewhere, and for such a directory as a whole.
 * Source: systemd-sysext(8).
 *
 * @param as of a payload
 */
export function extensionOf(as: string): Extension | undefined {
  const [directory = '', file] = as.split('/', 2);
  const kind = kinds.get(directory);
  if (kind === undefined || file === undefined) return undefined;
  return { kind, name: file.replace(/\.raw$/, '') };
}

/** Of an extension-release, far more than any has. */
export const mostReleaseBytes = 1024 * 1024;

/** Where an extension says for which OS it is, in its own tree. Source: os-release(5), “extension-release”. */
export function extensionReleasePath({ kind, name }: Extension): string {
  const directory = kind === 'sysext' ? '/usr/lib' : '/etc';
  return `${directory}/extension-release.d/extension-release.${name}`;
}
