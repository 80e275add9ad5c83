import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { diagnose } from '../diagnostic/rules.js';
import type { PullPlan } from '../plan/plan.js';
import type { PodmanFeatures } from '../podman/features.js';
import { partGlobalOptions } from '../podman/global-options.js';

/** Options that newer podmans have and this one may not; podman 4.3, the oldest, knows all others. */
const newerFlags = [['--decryption-key', 'decryptionKey']] as const;

/** Warns of each option of an image to be pulled that this podman does not know, and that is left out. */
export function unsupportedOptions(plan: PullPlan, features: PodmanFeatures): readonly Diagnostic[] {
  return plan.images
    .filter(({ state }) => state !== 'present')
    .flatMap(({ resolved }) => [
      ...partGlobalOptions(resolved.globalOptions, features).unknown,
      ...newerFlags.flatMap(([flag, option]) => {
        const given = resolved.image.options[option];
        return given === undefined || features.pullFlags.has(flag) ? [] : [{ ...given, value: flag }];
      }),
    ])
    .map(({ value: flag, place }) =>
      diagnose('podman-flag-unsupported', place, { flag, version: features.version }),
    );
}
