import { diagnose } from '../diagnostic/diagnose.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { GivenGlobalOption, Sited } from '../model/bound-image.js';
import type { PullPlan } from '../model/plan.js';
import { globalOptions } from '../scan/words/global-options.js';
import type { PodmanFeatures } from '../tools/podman/features.js';
import { isOlder } from '../tools/process/is-older.js';

/** Options of a pull that newer podmans have and this one may not; podman 4.3, the oldest, knows all others. */
const newerFlags = [['--decryption-key', 'decryptionKey']] as const;

/** Warns of each option of an image to be pulled that this podman does not know, and that is left out. */
export function unsupportedOptions(plan: PullPlan, features: PodmanFeatures): readonly Diagnostic[] {
  return plan.images
    .filter(({ state }) => state !== 'present')
    .flatMap(({ resolved }) => [
      ...resolved.image.globalOptions.flatMap((option) => unknownTo(features, option)),
      ...newerFlags.flatMap(([flag, option]) => {
        const given = resolved.image.options[option];
        return given === undefined || features.pullFlags.has(flag) ? [] : [{ ...given, value: flag }];
      }),
    ])
    .map(({ value: flag, place }) =>
      diagnose('podman-flag-unsupported', place, { flag, version: features.version }),
    );
}

function unknownTo(
  { version }: PodmanFeatures,
  { name, place }: GivenGlobalOption,
): readonly Sited<string>[] {
  const { since, until } = globalOptions[name] ?? {};
  const isTooOld = since !== undefined && isOlder(version, since);
  const isTooNew = until !== undefined && !isOlder(version, until);
  return isTooOld || isTooNew ? [{ value: `--${name}`, place }] : [];
}
