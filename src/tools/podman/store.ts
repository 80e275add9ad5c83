import type { Preparation } from '../process/mounts.js';

/** A containers-storage instance. What is `undefined` is left to podman's own configuration. */
export interface Store {
  readonly root: string | undefined;
  readonly runroot: string | undefined;
  /** `imagestore` of storage.conf(5), where another one than the configured is to be used. */
  readonly imageStore?: string | undefined;
  /** Of a store that podman knows by another path than everybody else. */
  readonly elsewhere?: Elsewhere;
}

/** Where a store lies that a podman sees at its `root` alone. */
export interface Elsewhere {
  /** Its directory on this host. */
  readonly directory: string;
  /** Where this program keeps what it remembers of it, for it writes nothing of its own into somebody else's store. */
  readonly home: string;
  /** What it takes for a podman to see it. Asked for each podman. */
  readonly prepare: () => readonly Preparation[];
}

export function storeArguments({ root, runroot, imageStore }: Store): readonly string[] {
  return [
    ...(root === undefined ? [] : ['--root', root]),
    ...(runroot === undefined ? [] : ['--runroot', runroot]),
    ...(imageStore === undefined ? [] : ['--imagestore', imageStore]),
  ];
}

/** What is done before a podman is started on a store. */
export function preparationsFor({ elsewhere }: Store): readonly Preparation[] {
  return elsewhere?.prepare() ?? [];
}
