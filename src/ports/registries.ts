import type { Observe } from '../model/events.js';
import type { Asking } from '../operations/asking-registries.js';
import type { PullingInput, RootInput, StoreInput } from '../operations/inputs.js';
import { traceOf } from '../operations/telling.js';
import { systemTimer } from '../pull/system-timer.js';
import { findProgram } from '../tools/process/find-program.js';
import type { ClientOptions } from '../tools/registry/client/client.js';

declare const BOUND_IMAGES_VERSION: string;

/** Enough for a registry that stumbles; one that is down is the pulls' to wait for. */
const attempts = 4;

/** The registries, as this machine reaches them, and the podman that pulls from them. */
export function registriesOf(
  {
    podman,
    currentRoot,
    limitRate,
  }: Pick<StoreInput & RootInput, 'podman' | 'currentRoot'> & Pick<PullingInput, 'limitRate'>,
  observe: Observe,
): Pick<Asking, 'openRegistries' | 'podmanVersion'> {
  return {
    // Most runs ask nobody, and start without what asks.
    openRegistries: async (roots, { redact, podmanVersion, signal }) => {
      const { registryAccess, openRegistryClient, openPlainFiles, newRateLimit } = await import(
        './registry-tools.js'
      );
      const access = registryAccess(roots, {
        version: podmanVersion,
        env: process.env,
        uid: process.geteuid?.() ?? 0,
        currentRootPath: currentRoot,
        signal,
      });
      const options: ClientOptions = {
        // Without any, podman trusts nobody.
        ca: () => [access.ca() ?? ''],
        env: process.env,
        timer: systemTimer,
        random: Math.random,
        attempts,
        userAgent: `bound-images/${BOUND_IMAGES_VERSION}`,
        redact,
        observe: (request) => observe({ kind: 'request', request }),
        rateLimit: limitRate === undefined ? undefined : newRateLimit(limitRate, systemTimer),
      };
      const [client, files] = [openRegistryClient(options), openPlainFiles(options)];
      const close = () => {
        client.close();
        files.close();
      };
      return { access, client, files, close };
    },
    podmanVersion: async (signal) => {
      const path = findProgram(podman);
      if (path === undefined) return undefined;
      const { readVersion } = await import('../tools/process/version.js');
      return await readVersion(path, { signal, trace: traceOf(observe) });
    },
  };
}
