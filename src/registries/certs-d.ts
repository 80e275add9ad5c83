import { joinRootPath, type RootPath, rootPath } from '../model/path.js';
import type { CertificateFile } from '../model/resolved-image.js';
import { isCertificateName, withoutPartner } from '../resolve/certificates.js';
import { describeProblem } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';
import { newLoaderDirectories } from './conf/files.js';
import { hasNewLoader, type PodmanVersion } from './conf/rules.js';
import { type ConfRoots, namesIn, userDirectory } from './conf-roots.js';

/** `problem` is a clause that names the file. */
export type FoundCertificates =
  | { readonly ok: true; readonly files: readonly CertificateFile[] }
  | { readonly ok: false; readonly problem: string };

/** Of the files for one host; far more than any registry needs. */
const limitBytes = 1024 * 1024;
const limitFiles = 100;

const none: FoundCertificates = { ok: true, files: [] };

/**
 * The files for `host[:port]`, as a name of an image has it (`docker.io`, and not the host that is asked): those of the
 * first of podman's directories that has one of that name, empty or not.
 * Source: dockerCertDir in go.podman.io/image docker/docker_client.go, and SetupCertificates in pkg/tlsclientconfig.
 */
export function certificatesOfHost(
  roots: ConfRoots,
  version: PodmanVersion,
  host: string,
): FoundCertificates {
  for (const [view, parent] of certificateDirectories(roots, version)) {
    const directory = joinRootPath(parent, host);
    const found = view.resolve(directory);
    // podman passes over what it may not look into.
    if (found.kind === 'missing' || found.kind === 'unreadable') continue;
    if (found.kind === 'loop' || found.kind === 'not-a-directory')
      return { ok: false, problem: describeProblem(found) };
    return readDirectory(view, directory);
  }
  return none;
}

/** Far more registries than any host knows, and all that is kept and written of their files. */
const limitHosts = 1000;
const limitAllBytes = 16 * 1024 * 1024;

/** The same for all hosts of which the directories know any. */
export function certificatesOfAll(
  roots: ConfRoots,
  version: PodmanVersion,
): ReadonlyMap<string, FoundCertificates> {
  const names = certificateDirectories(roots, version).flatMap(([view, parent]) => namesIn(view, parent));
  const hosts = [...new Set(names)].slice(0, limitHosts);
  let left = limitAllBytes;
  return new Map(
    hosts.map((host): readonly [string, FoundCertificates] => {
      const found = certificatesOfHost(roots, version, host);
      if (!found.ok) return [host, found];
      const length = found.files.reduce((sum, { bytes }) => sum + bytes.length, 0);
      if (length > left) {
        const problem = `the files of all registries are larger than ${limitAllBytes / 1024} KiB together`;
        return [host, { ok: false, problem }];
      }
      left -= length;
      return [host, found];
    }),
  );
}

function certificateDirectories(
  roots: ConfRoots,
  version: PodmanVersion,
): readonly (readonly [RootView, RootPath])[] {
  const { system, host, hasUser } = roots;
  const docker = [system, rootPath('/etc/docker/certs.d')] as const;
  if (hasNewLoader(version)) return [...newLoaderDirectories(roots, 'certs', '').toReversed(), docker];
  const user = joinRootPath(userDirectory(roots, false), 'certs.d');
  const users = hasUser ? [[host, user] as const] : [];
  return [...users, [system, rootPath('/etc/containers/certs.d')], docker];
}

function readDirectory(view: RootView, directory: RootPath): FoundCertificates {
  const listing = view.readDirectory(directory);
  if (!listing.ok) {
    const { problem } = listing;
    if (problem.kind === 'missing' || problem.kind === 'unreadable') return none;
    return { ok: false, problem: describeProblem(problem) };
  }
  const names = listing.names.filter(isCertificateName);
  const alone = withoutPartner(names);
  if (alone !== undefined) return { ok: false, problem: `${directory}: ${alone}` };
  if (names.length > limitFiles)
    return { ok: false, problem: `${directory} holds more than ${limitFiles} certificates and keys` };
  const files: CertificateFile[] = [];
  let left = limitBytes;
  for (const name of names) {
    const file = view.readFile(joinRootPath(directory, name), { limitBytes: left });
    if (file.ok) {
      files.push({ name, bytes: file.bytes });
      left -= file.bytes.length;
    } else if (file.problem.kind === 'too-large')
      return {
        ok: false,
        problem: `the files of ${directory} are larger than ${limitBytes / 1024} KiB together`,
      };
    // A CA certificate that is a link to nowhere says nothing.
    else if (file.problem.kind !== 'missing' || !name.endsWith('.crt'))
      return { ok: false, problem: describeProblem(file.problem) };
  }
  return { ok: true, files };
}
