import { rootPath } from '../model/path.js';
import { isOfUnknownHost } from '../root/problem.js';
import type { RootView } from '../root/root-view.js';

/** systemd's PATH for services (systemd.exec(5)). */
const programDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/** Whether podman finds a program when a service starts it; `unknown` where only the host may have it, and what path. */
export function findHelperProgram(
  root: RootView,
  program: string,
): { readonly kind: 'found' | 'missing' } | { readonly kind: 'unknown'; readonly path: string } {
  // With a slash in it, it is no program in PATH.
  const names = program.includes('/') ? [] : programDirectories.map((directory) => `${directory}/${program}`);
  const places = names.map((path) => ({ path, at: root.resolve(rootPath(path)) }));
  if (places.some(({ at }) => at.kind === 'file')) return { kind: 'found' };
  const unknown = places.find(({ at }) => isOfUnknownHost(root, at));
  return unknown === undefined ? { kind: 'missing' } : { kind: 'unknown', path: unknown.path };
}
