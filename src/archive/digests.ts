import { readFileSync, statSync } from 'node:fs';
import { membersIn, parseJson } from '../text/json.js';
import { ArchiveProblem } from './problem.js';

/** What podman reads of a manifest (go.podman.io/image internal/iolimits). */
const maxManifestBytes = 4 * 1024 * 1024;

/** `algorithm:hex`; anything else could be a path. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && digest.test(value);
}

const digest = /^[a-z\d]+(?:[.+_-][a-z\d]+)*:[a-fA-F\d]{32,}$/;

/** Whether a file of a `dir:` is a manifest. */
export function isDirManifest(name: string): boolean {
  return /^[^/]*manifest\.json$/.test(name);
}

/**
 * Looks at the digests in a manifest of a `dir:`: podman before 5 makes a path of whatever stands there, `../` included
 * (CVE-2024-3727). Go takes names of members in any case, and letters that Unicode folds to them.
 *
 * @throws ArchiveProblem, or the error of a system call
 */
export function checkDigests(name: string, path: string): void {
  if (statSync(path).size > maxManifestBytes) throw new ArchiveProblem(`${name} in it is too large`);
  const parsed = parseJson(readFileSync(path, 'utf8'));
  if (!parsed.ok) throw new ArchiveProblem(`${name} in it is not JSON`);
  for (const [key, value] of membersIn(parsed.value)) {
    const isNamed = /^(?:digest|blobsum)$/.test(key.normalize('NFKC').toLowerCase());
    if (isNamed && !isDigest(value)) throw new ArchiveProblem(`${name} in it names a digest that is none`);
  }
}
