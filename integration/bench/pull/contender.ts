import { cliFile } from '../../support/cli.js';
import type { Store } from '../../support/store.js';

export const contenders = ['bound-images', 'one by one', 'one process', 'plain parallel'] as const;

/** A way to pull images. `one by one` is what bootc does (`crates/lib/src/boundimage.rs`), going on after a failure. */
export type Contender = (typeof contenders)[number];

/** Ours, against which the others are set. */
export const ours: Contender = 'bound-images';

export type PullTask = {
  readonly references: readonly string[];
  /** A root that binds them. */
  readonly newRoot: string;
  readonly currentRoot: string;
  readonly store: Store;
  readonly podman: string;
};

// Their arguments: the pull command, as many words of it as the first argument says, then the references.
const oneByOne = `words=$1; shift
podman=("\${@:1:words}"); shift "$words"
status=0
for reference; do
  "\${podman[@]}" image exists "$reference" ||
    "\${podman[@]}" pull --quiet --tls-verify=false "$reference" || status=1
done
exit "$status"`;
const plainParallel = `words=$1; shift
podman=("\${@:1:words}"); shift "$words"
printf '%s\\0' "$@" |
  xargs -0 -n 1 -P $(($# < 8 ? $# : 8)) "\${podman[@]}" pull --quiet --tls-verify=false`;

/** Returns the command by which a contender pulls. */
export function pullCommand(contender: Contender, task: PullTask): readonly string[] {
  const { references, store } = task;
  const podman = [task.podman, ...store.podmanArgs];
  const shell = (script: string) => ['bash', '-c', script, 'bash', String(podman.length), ...podman];
  switch (contender) {
    case 'bound-images':
      return [
        ...[process.execPath, cliFile, 'pull', '--root', task.newRoot, '--current-root', task.currentRoot],
        ...['--storage-root', store.root, '--storage-runroot', store.runroot],
        ...['--podman', task.podman, '--format', 'json', '--progress', 'none'],
      ];
    case 'one by one':
      return [...shell(oneByOne), ...references];
    case 'one process':
      return [...podman, 'pull', '--quiet', '--tls-verify=false', ...references];
    case 'plain parallel':
      return [...shell(plainParallel), ...references];
  }
}
