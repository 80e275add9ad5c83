import { diagnose } from '../diagnostic/diagnose.js';
import type { Sited } from '../model/bound-image.js';
import { joinRootPath } from '../model/path.js';
import type { CertificateFile } from '../model/resolved-image.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem } from '../root/problem.js';
import { findInRoots } from './find-in-roots.js';
import type { Finding } from './finding.js';

/** Of all files together; far more than any registry needs. */
const limitBytes = 1024 * 1024;
const limitFiles = 100;

export function isCertificateName(name: string): boolean {
  return /^[^\0/]+\.(?:crt|cert|key)$/.test(name);
}

/** Why podman refuses a directory with these names: a client certificate and its key are two files of one name. */
export function withoutPartner(names: readonly string[]): string | undefined {
  for (const name of names) {
    const [, base = '', kind] = /^(.*)\.(cert|key)$/.exec(name) ?? [];
    const partner = kind === 'cert' ? `${base}.key` : `${base}.cert`;
    if (kind !== undefined && !names.includes(partner)) return `${name} is there without ${partner}`;
  }
  return undefined;
}

/**
 * Reads a `cert-dir`. Its files are read here, and not by podman from where they are, because a link among
 * them would lead podman out of the root. podman looks at `*.crt`, `*.cert` and `*.key` only
 * (containers-certs.d(5)).
 */
export function resolveCertificates(
  certDir: Sited<string> | undefined,
  roots: Roots,
): Finding<readonly CertificateFile[] | undefined> {
  if (certDir === undefined) return { value: undefined, diagnostics: [] };
  const found = findInRoots('certificate directory', 'directory', certDir, roots);
  if (!found.ok) return { value: undefined, diagnostics: [found.diagnostic] };
  const { view, at } = found;
  const unusable = (problem: string) =>
    diagnose('path-unusable', certDir.place, { what: 'certificate directory', path: at.path, problem });
  const listing = view.readDirectory(at.path);
  if (!listing.ok) return { value: undefined, diagnostics: [unusable(describeProblem(listing.problem))] };
  const files: CertificateFile[] = [];
  const diagnostics = [];
  const names = listing.names.filter(isCertificateName);
  const alone = withoutPartner(names);
  if (alone !== undefined) diagnostics.push(unusable(alone));
  if (names.length > limitFiles)
    diagnostics.push(unusable(`it holds more than ${limitFiles} certificates and keys`));
  let left = limitBytes;
  for (const name of names.slice(0, limitFiles)) {
    const file = view.readFile(joinRootPath(at.path, name), { limitBytes: left });
    if (file.ok) {
      files.push({ name, bytes: file.bytes });
      left -= file.bytes.length;
    } else if (file.problem.kind === 'too-large')
      diagnostics.push(unusable(`its files are larger than ${limitBytes / 1024} KiB together`));
    else diagnostics.push(unusable(describeProblem(file.problem)));
  }
  return { value: files, diagnostics };
}
