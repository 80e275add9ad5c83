import parse from 'semver/functions/parse.js';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';

/** Whether npm can read the range. Source: node-semver README, “Ranges”. */
export function isValidRange(range: string): boolean {
  return validRange(range) !== null;
}

/**
 * Whether `text` is a version, and in the range. Labels hold versions as they come: `v2.4` is 2.4.0, and `2` is
 * 2.0.0. As with npm, a pre-release is in a range only if the range names a pre-release of the same version.
 */
export function isInRange(text: string, range: string): boolean {
  const version = readVersion(text);
  return version !== null && satisfies(version, range);
}

/** The version in full; null where the text is none. */
function readVersion(text: string): string | null {
  const [, major, minor = '0', patch = '0', rest = ''] =
    /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+].*)?$/.exec(text.trim()) ?? [];
  return major === undefined ? null : (parse(`${major}.${minor}.${patch}${rest}`)?.version ?? null);
}
