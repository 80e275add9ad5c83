import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Something with an end: a server that stops or a directory that is removed. */
export type Resource = { readonly stop: () => Promise<void> } | { readonly remove: () => Promise<void> };

/** Everything one test file has opened, undone by `run` in the reverse order. */
export type Cleanup = {
  /** Registers a task. */
  readonly add: (task: () => void | Promise<void>) => void;
  /** Waits for a resource, registers its `stop` or `remove`, and returns it. */
  readonly use: <T extends Resource>(pending: T | Promise<T>) => Promise<T>;
  /** Runs every task, also after one has failed, then throws the failures as one `AggregateError`. */
  readonly run: () => Promise<void>;
};

/** Returns an empty stack of clean-up tasks, as in `const cleanup = newCleanup(); afterAll(cleanup.run)`. */
export function newCleanup(): Cleanup {
  const tasks: (() => void | Promise<void>)[] = [];
  const add: Cleanup['add'] = (task) => {
    tasks.push(task);
  };
  return {
    add,
    use: async (pending) => {
      const resource = await pending;
      add('stop' in resource ? resource.stop : resource.remove);
      return resource;
    },
    run: async () => {
      const failures: unknown[] = [];
      for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
        try {
          await task();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'Cleaning up failed');
    },
  };
}

/** A directory of its own under `os.tmpdir()`; `remove` deletes it with all its content. */
export type TempDir = { readonly path: string; readonly remove: () => Promise<void> };

/** Creates an empty temporary directory, mode 0700. */
export async function newTempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), 'bound-images-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Returns the path of a new temporary directory that `cleanup` removes. */
export async function tempDir(cleanup: Cleanup): Promise<string> {
  return (await cleanup.use(newTempDir())).path;
}
