/** A containers-storage instance. What is `undefined` is left to podman's own configuration. */
export interface Store {
  readonly root: string | undefined;
  readonly runroot: string | undefined;
}

export function storeArguments({ root, runroot }: Store): readonly string[] {
  return [
    ...(root === undefined ? [] : ['--root', root]),
    ...(runroot === undefined ? [] : ['--runroot', runroot]),
  ];
}
