import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shownText } from '../../diagnostic/redact.js';
import { BoundImagesError } from '../../model/error.js';
import { requireProgram } from '../process/find-program.js';
import { run, type Trace } from '../process/run.js';

/** Mounts below a directory in the namespace of this process, where the kernel ends them with it. */
export interface PrivateMounts {
  /** Shows a directory or file at another path, read-only. @throws BoundImagesError `store`. */
  bind(from: string, name: string, kind: 'directory' | 'file'): Promise<void>;
  /** @throws BoundImagesError `store`. */
  seal(): Promise<void>;
}

/** Mounts an empty file system on a directory. @throws BoundImagesError `store`, `tool-missing`. */
export async function privateMounts(directory: string, trace?: Trace): Promise<PrivateMounts> {
  const program = requireProgram('mount', 'mount');
  const mount = async (...args: readonly string[]) => {
    const { exitCode, stderr } = await run(program, args, { trace });
    if (exitCode === 0) return;
    throw new BoundImagesError('store', `nothing can be mounted here: ${shownText(stderr.trim())}`, {
      hint: 'run it as root, or as a user for whom “podman unshare true” succeeds; a container needs --privileged',
    });
  };
  await mount('-t', 'tmpfs', '-o', 'mode=0755,nosuid,nodev', 'tmpfs', directory);
  return {
    bind: async (from, name, kind) => {
      const at = join(directory, name);
      mkdirSync(dirname(at), { recursive: true });
      if (kind === 'directory') mkdirSync(at);
      else closeSync(openSync(at, 'wx'));
      await mount('--bind', '--', from, at);
      await mount('-o', 'remount,bind,ro,nosuid,nodev', '--', at);
    },
    seal: () => mount('-o', 'remount,bind,ro,nosuid,nodev', '--', directory),
  };
}
