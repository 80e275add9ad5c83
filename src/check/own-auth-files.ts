import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { inFile } from '../diagnostic/place.js';
import { rootPath } from '../model/path.js';
import type { RegistryReference } from '../model/reference/reference.js';
import type { UselessCredentials } from '../model/resolved-image.js';
import { parseAuthFile } from '../resolve/auth-file.js';
import { lookupKeys } from '../resolve/auth-keys.js';
import { rootOf } from '../resolve/find-in-roots.js';
import type { Roots } from '../root/open-roots.js';
import { describeProblem } from '../root/problem.js';
import type { Subject } from './subject.js';

/** Where root's podman looks for credentials where nobody names a file; in most roots these are the host's. */
export const ownAuthFiles = ['/root/.config/containers/auth.json', '/root/.docker/config.json'].map(rootPath);

const limitBytes = 1024 * 1024;

/** The images that podman has no other file for. */
export function referencesOfOwn(images: Subject['images']): readonly RegistryReference[] {
  return images.flatMap(({ image: { reference }, credentials }) => {
    const isOwn = credentials.every(({ kind }) => kind === 'own');
    return isOwn && reference.transport === 'docker' && reference.registry !== null ? [reference] : [];
  });
}

/** Every key of an auth file that some bound image is looked for with. */
export function keysOf(images: Subject['images']): ReadonlySet<string> {
  return new Set(
    images.flatMap(({ image: { reference } }) =>
      reference.transport === 'docker' && reference.registry !== null
        ? lookupKeys(`${reference.registry}/${reference.repository}`)
        : [],
    ),
  );
}

/** Whether a key that does not match one image is the right one for another. */
export function isUsed({ key }: UselessCredentials, keys: ReadonlySet<string>): boolean {
  return key !== undefined && keys.has(key);
}

/**
 * podman's own auth files of the new root, read as those that somebody names: one that it cannot read fails each pull
 * that gets as far as it, and what is useless in one is no credentials.
 * Source: getCredentialsWithHomeDir in go.podman.io/image pkg/docker/config/config.go.
 */
export function checkOwnAuthFiles(
  roots: Roots,
  references: readonly RegistryReference[],
  keys: ReadonlySet<string>,
): readonly Diagnostic[] {
  // podman looks into the next file for those that it has found no credentials for.
  let open = references;
  return ownAuthFiles.flatMap((path) => {
    if (open.length === 0) return [];
    const file = roots.newRoot.readFile(path, { limitBytes });
    const hostPath = file.ok ? file.hostPath : file.problem.hostPath;
    const isHosts = rootOf(roots, hostPath) !== 'new';
    const unusable = (problem: string) => [
      diagnose('authfile-unusable', inFile(path), { path, root: 'new', problem }),
    ];
    if (!file.ok) {
      const isAbsent = file.problem.kind === 'missing' || file.problem.kind === 'not-a-directory';
      return isAbsent || isHosts ? [] : unusable(describeProblem(file.problem));
    }
    const parsed = parseAuthFile(file.bytes);
    if (!parsed.ok) return isHosts ? [] : unusable(parsed.problem);
    const asked = isHosts ? [] : open;
    open = open.filter((reference) => parsed.authFile.lookUp(reference) !== 'credentials');
    return asked.flatMap((reference) => {
      const useless = parsed.authFile.useless(reference);
      if (useless === undefined || isUsed(useless, keys)) return [];
      const { problem, line, column } = useless;
      const args = { path, registry: reference.registry ?? '', problem };
      return [diagnose('authfile-entry-useless', { ...inFile(path), line, column }, args)];
    });
  });
}
