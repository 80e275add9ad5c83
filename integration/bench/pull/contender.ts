import { cliFile } from '../../support/cli.js';
import type { Store } from '../../support/store.js';

/** A way to pull images. */
export interface Contender {
  readonly name: string;
  /** It is a build of this program: it goes on where it was killed. */
  readonly isProgram: boolean;
  readonly command: (task: PullTask) => readonly string[];
}

export interface PullTask {
  readonly references: readonly string[];
  /** A root that binds them. */
  readonly newRoot: string;
  readonly currentRoot: string;
  readonly store: Store;
  readonly podman: string;
}

/** The name of ours, against which the others are set. */
export const ours = 'bound-images';

/** The names of those that ours is judged by. */
export const others = ['one by one', 'one process', 'plain parallel'] as const;

// Their arguments: the pull command, as many words of it as the first argument says, then the references.
const scripts: Readonly<Record<(typeof others)[number], string>> = {
  // What bootc does (`crates/lib/src/boundimage.rs`), going on after a failure.
  'one by one': `words=$1; shift
podman=("\${@:1:words}"); shift "$words"
status=0
for reference; do
  "\${podman[@]}" image exists "$reference" ||
    "\${podman[@]}" pull --quiet --tls-verify=false "$reference" || status=1
done
exit "$status"`,
  'one process': `words=$1; shift
podman=("\${@:1:words}"); shift "$words"
exec "\${podman[@]}" pull --quiet --tls-verify=false "$@"`,
  'plain parallel': `words=$1; shift
podman=("\${@:1:words}"); shift "$words"
printf '%s\\0' "$@" |
  xargs -0 -n 1 -P $(($# < 8 ? $# : 8)) "\${podman[@]}" pull --quiet --tls-verify=false`,
};

/** Those that take part in every run: ours first. */
export const standing: readonly Contender[] = [
  programContender(ours, cliFile),
  ...others.map((name) => shellContender(name, scripts[name])),
];

/** A build of this program, by its `cli.js`. */
export function programContender(name: string, cli: string): Contender {
  return {
    name,
    isProgram: true,
    command: ({ newRoot, currentRoot, store, podman }) => [
      ...[process.execPath, cli, 'pull', '--root', newRoot, '--current-root', currentRoot],
      ...['--storage-root', store.root, '--storage-runroot', store.runroot],
      ...['--podman', podman, '--format', 'json', '--progress', 'none'],
    ],
  };
}

/** A shell command that takes the number of podman's words, these, and the references. */
export function shellContender(name: string, script: string): Contender {
  return {
    name,
    isProgram: false,
    command: ({ references, store, podman }) => {
      const words = [podman, ...store.podmanArgs];
      return ['bash', '-c', script, 'bash', String(words.length), ...words, ...references];
    },
  };
}
