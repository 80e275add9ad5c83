import { resolve } from 'node:path';
import type { StateInput, StoreInput } from '../../operations/inputs.js';
import { mountRoot } from '../../operations/mount.js';
import { mountPorts } from '../../ports/mount.js';
import { removeLeftovers, workDirectory } from '../../pull/work-directory.js';
import { storeArguments } from '../../tools/podman/store.js';
import { requireProgram } from '../../tools/process/find-program.js';
import { requireCommand, runInForeground } from '../../tools/process/foreground.js';
import {
  hasPrivateMounts,
  runWithPrivateMounts,
  withoutNamespace,
} from '../../tools/process/private-mounts.js';
import { exitStatus } from '../exit-status.js';
import { traceCommands } from '../findings.js';
import { observerFor } from '../observer.js';
import type { RootOptions } from '../options.js';
import { writeNote } from '../output.js';
import { mountRefusedText } from '../report/mount.js';
import { sayStopping, untilStopped } from '../until-stopped.js';

export interface MountOptions extends Omit<RootOptions, 'format'>, StoreInput, Pick<StateInput, 'stateDir'> {}

/**
 * `bound-images mount`: runs a command where the bound images of a root lie read-only in the working directory. It happens
 * in a mount namespace of its own, so that the kernel ends the mounts with it, however it ends.
 */
export async function mount(given: MountOptions, words: readonly string[]): Promise<number> {
  const options = { ...given, format: 'human' } as const;
  const [named = process.env.SHELL || '/bin/sh', ...args] = words;
  // It is started elsewhere.
  const command = [named.includes('/') ? resolve(named) : named, ...args];
  requireCommand(named);
  const podman = requireProgram('podman', options.podman);
  const trace = options.verbose ? traceCommands() : undefined;
  if (!hasPrivateMounts()) {
    const store = { root: options.storageRoot, runroot: options.storageRunroot };
    const status = await runWithPrivateMounts([podman, ...storeArguments(store), 'unshare'], trace);
    // The directory of the process that has ended. Out here it is empty; in there it may never be removed, for the images
    // are in it.
    removeLeftovers();
    return status;
  }
  const directory = workDirectory().subdirectory();
  let isMounted = false;
  const status = await untilStopped(options, sayStopping, async (signal, interrupted) => {
    const ports = mountPorts(options, directory, observerFor(options));
    const result = await mountRoot({ ...options, signal }, ports);
    isMounted = result.kind === 'mounted';
    if (result.kind !== 'mounted') writeNote(mountRefusedText(result, process.stderr));
    return interrupted() ?? statuses[result.kind];
  });
  if (!isMounted || status !== exitStatus.ok) return status;
  return await runInForeground(command, trace, { cwd: directory, env: withoutNamespace() });
}

const statuses = {
  invalid: exitStatus.configuration,
  incomplete: exitStatus.imageMissing,
  mounted: exitStatus.ok,
} as const;
