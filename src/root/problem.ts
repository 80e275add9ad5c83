import type { HostPath, RootPath } from '../model/path.js';
import { isInVar } from './host-var.js';
import type { ReadProblem, Resolution, RootView } from './root-view.js';

/** Node gives text to its children, so a path that is not text cannot be named to podman. */
export function notUtf8(hostPath: HostPath): string {
  return `${hostPath} is not UTF-8, and so cannot be handed to podman`;
}

/** Why a path of a root could not be read, as part of a sentence. */
export function describeProblem(problem: ReadProblem): string {
  switch (problem.kind) {
    case 'missing':
      return isInVar(problem.path)
        ? `${problem.path} does not exist on this host`
        : `${problem.path} does not exist in the root`;
    case 'loop':
      return `${problem.path} is a loop of symbolic links`;
    case 'not-a-directory':
      return `${problem.path} is not a directory`;
    case 'is-a-directory':
      return `${problem.path} is a directory`;
    case 'not-a-file':
      return `${problem.path} is not a regular file`;
    case 'unreadable':
      return `${problem.path}: ${problem.reason}`;
    case 'too-large':
      return `${problem.path} is larger than ${problem.limitBytes / 1024} KiB`;
  }
}

/** The same for what was looked for at `path`: of a link that leads nowhere, what it says as well. */
export function describeProblemAt(root: RootView, path: RootPath, problem: ReadProblem): string {
  const link = root.entry(path);
  if (problem.kind !== 'missing' || link.kind !== 'symlink') return describeProblem(problem);
  return `it is a link to “${link.target}”, which is followed inside the root, and ${problem.path} does not exist there`;
}

/** Whether what is missing may be in the `/var` of a host that nobody knows here. */
export function isOfUnknownHost(
  root: RootView,
  { kind, path }: Pick<Resolution | ReadProblem, 'kind' | 'path'>,
): boolean {
  return root.lacksHost && kind === 'missing' && isInVar(path);
}
