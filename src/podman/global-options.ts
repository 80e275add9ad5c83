import type { Sited } from '../scan/bound-image.js';
import type { PodmanFeatures } from './features.js';

/** Options of podman itself that came after 4.3; each takes a value. */
const newerOptions = new Set(['--cdi-spec-dir', '--module', '--pull-option']);

export interface GlobalOptions {
  readonly known: readonly string[];
  readonly unknown: readonly Sited<string>[];
}

/** Parts options of podman itself into those that this podman knows and those that it would refuse. */
export function partGlobalOptions(
  options: readonly Sited<string>[],
  { globalFlags }: PodmanFeatures,
): GlobalOptions {
  const known: string[] = [];
  const unknown: Sited<string>[] = [];
  const rest = [...options];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    const flag = option.value.replace(/=.*/s, '');
    if (!newerOptions.has(flag) || globalFlags.has(flag)) known.push(option.value);
    else {
      unknown.push({ ...option, value: flag });
      if (flag === option.value) rest.shift();
    }
  }
  return { known, unknown };
}
