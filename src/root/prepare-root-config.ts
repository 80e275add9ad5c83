import { parse } from 'ini';
import { type RootPath, rootPath } from '../model/path.js';
import type { RootView } from './root-view.js';

/** Far above any real prepare-root.conf. */
const LIMIT_BYTES = 1_048_576;

// otcore_load_config() in ostree's src/libotcore/otcore-prepare-root.c loads both into one GKeyFile, the second
// of them replacing the first as a whole (g_key_file_load_from_data() clears what was loaded before).
const CONFIG_FILES: readonly RootPath[] = [
  rootPath('/etc/ostree/prepare-root.conf'),
  rootPath('/usr/lib/ostree/prepare-root.conf'),
];

/**
 * Whether the `/etc` of this root lives in memory only (`[etc] transient = true`), so that every boot begins
 * with the image's. Source: ostree-prepare-root(1); the boot reads the copy of the file in the initramfs, which
 * was taken from the root when the image was built. A file that cannot be read counts as not there.
 */
export function hasTransientEtc(view: RootView): boolean {
  for (const path of CONFIG_FILES) {
    const file = view.readFile(path, { limitBytes: LIMIT_BYTES });
    if (file.ok) return isTransient(file.bytes.toString('utf8'));
  }
  return false;
}

function isTransient(keyFile: string): boolean {
  const etc = sectionOf(keyFile, 'etc');
  if (typeof etc !== 'object' || etc === null || !('transient' in etc)) return false;
  // The spellings of g_key_file_get_boolean(); ini has already made a boolean of `true`.
  return etc.transient === true || etc.transient === '1';
}

function sectionOf(keyFile: string, name: string): unknown {
  try {
    return parse(keyFile)[name];
  } catch {
    // In strict mode ini throws a TypeError when a key and a section share a name. GKeyFile refuses such a file.
    return undefined;
  }
}
