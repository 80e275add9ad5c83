import type { Binding } from '../../model/bound-image.js';
import { extensionDirectories, extensionOf } from '../../model/extension.js';

/**
 * Why systemd would not take what is there for the extension of that name, as a clause.
 * A plain name is valid and short enough otherwise (`image_name_is_valid` in systemd's src/basic/os-util.c).
 * Source: systemd-sysext(8), systemd.v(7).
 *
 * @param as of a payload, a plain name
 */
export function extensionFault(as: string, kind: Binding['kind']): string | undefined {
  if (kind === 'artifact' && extensionDirectories.includes(as))
    return 'is that of the directory of all extensions, and the layer of an artifact is a file';
  if (extensionOf(as) === undefined) return undefined;
  const [, file = '', inside] = as.split('/');
  if (file.endsWith('.v')) return 'means a directory of several versions, and a deployment has one';
  if (kind === 'artifact' && inside === undefined && !file.endsWith('.raw'))
    return 'is that of a directory, and the layer of an artifact is a file, whose name has to end in “.raw”';
  return undefined;
}
