import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { nowhere } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import type { Roots } from '../root/open-roots.js';
import type { RootView } from '../root/root-view.js';

/** os-release(5) */
const places = [rootPath('/usr/lib/os-release'), rootPath('/etc/os-release')];
const limitBytes = 1024 * 1024;

/**
 * Asks of what may become bootable, and of what is booted, that it is an OS: where nothing is mounted, or something
 * else, nothing is bound, either.
 */
export function requireOs({ newRoot, current }: Roots): readonly Diagnostic[] {
  // Without a current root there is nothing to ask.
  const roots = current.label === null ? [newRoot] : [newRoot, current];
  const without = new Set(
    roots.filter((root) => !isOs(root)).map(({ label, hostPath }) => label ?? hostPath),
  );
  return [...without].map((root) => diagnose('root-without-os', nowhere, { root }));
}

/** It says which OS it is, as every root does that can be booted. */
export function isOs(root: RootView): boolean {
  return places.some((place) => {
    const file = root.readFile(place, { limitBytes });
    return file.ok && file.bytes.length > 0;
  });
}

/** The text of its os-release, as systemd reads it (os-release(5)); empty where there is none. */
export function readOsRelease(root: RootView): string {
  for (const place of places.toReversed()) {
    const file = root.readFile(place, { limitBytes });
    if (file.ok) return file.bytes.toString();
  }
  return '';
}
