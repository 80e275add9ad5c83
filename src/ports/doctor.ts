import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import type { Observe } from '../model/events.js';
import type { HostPath } from '../model/path.js';
import type { DoctorPorts } from '../operations/doctor-report.js';
import type { StateInput, StoreInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';
import { existingParent } from '../plan/free-space.js';
import { temporaryDirectory } from '../pull/work-directory.js';
import { caBundle } from '../registries/ca-bundle.js';
import { diskTree } from '../root/disk-tree.js';
import { rootView } from '../root/root-view.js';
import { stateDirectory } from '../state/state-directory.js';
import { storeWorker } from '../state/store-worker.js';
import { errnoCode } from '../text/errno.js';
import { findHost } from '../tools/ostree/host.js';
import { findProgram } from '../tools/process/find-program.js';
import { run } from '../tools/process/run.js';
import { isClockSynchronized, unitStates } from '../tools/systemd/systemd.js';
import { podmanOf } from './podman.js';

/** This machine, as `doctor` looks at it. */
export function doctorPorts(
  settings: StoreInput & Pick<StateInput, 'stateDir'>,
  observe: Observe,
): DoctorPorts {
  const trace = traceOf(observe);
  const podman = podmanOf(settings, observe);
  const bootcs = () => podman('bootc');
  return {
    isRoot: process.geteuid?.() === 0,
    environment: process.env,
    program: (name) => findProgram(name === 'podman' ? settings.podman : name),
    version: async (path, signal) => {
      const { stdout } = await run(path, ['--version'], { signal, trace });
      signal.throwIfAborted();
      // ostree writes YAML, with the version in quotes and of two numbers.
      return /\b[vV]ersion:? '?(\d+(?:\.\d+)+)|^\S+ (\d+(?:\.\d+)+)/m.exec(stdout)?.slice(1).find(Boolean);
    },
    store: async (signal) => await podman('podman').info(signal),
    worker: storeWorker,
    bootcStore:
      settings.store === 'bootc'
        ? async (signal) => ({
            ...(await bootcs().info(signal)),
            worker: storeWorker(await bootcs().home(signal)),
          })
        : undefined,
    space: (directory) => {
      const { bavail, bsize, ffree, files } = statfsSync(existingParent(directory));
      return { freeBytes: bavail * bsize, freeInodes: files === 0 ? null : ffree };
    },
    temporary: temporaryDirectory(),
    stateDirectory: stateDirectory(settings.stateDir),
    isWritable: (directory) => {
      try {
        accessSync(existingParent(directory), constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
    findHost: (signal) => findHost(signal, trace),
    units: (names, signal) => unitStates(names, signal, trace),
    isClockSynchronized: (signal) => isClockSynchronized(signal, trace),
    hasAuthorities: () => {
      const host = rootView(diskTree('/' as HostPath), 'current');
      return caBundle(host, host, process.env) !== undefined;
    },
    file: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        return errnoCode(error) === 'ENOENT' || errnoCode(error) === 'ENOTDIR' ? 'missing' : 'unreadable';
      }
    },
  };
}
