/** A containers-storage instance. What is `undefined` is left to podman's own configuration. */
export interface Store {
  readonly root: string | undefined;
  readonly runroot: string | undefined;
  /** `imagestore` of storage.conf(5), where another one than the configured is to be used. */
  readonly imageStore?: string | undefined;
}

export function storeArguments({ root, runroot, imageStore }: Store): readonly string[] {
  return [
    ...(root === undefined ? [] : ['--root', root]),
    ...(runroot === undefined ? [] : ['--runroot', runroot]),
    ...(imageStore === undefined ? [] : ['--imagestore', imageStore]),
  ];
}
