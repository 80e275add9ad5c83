import { isDeepStrictEqual } from 'node:util';
import type { PodmanVersion } from '../../support/unpacked-podman.js';
import type { RegistryCase } from './registry-case.js';
import type { Behaviour } from './visits.js';

/** What was compared. */
export interface Compared {
  readonly registryCase: RegistryCase;
  readonly program: 'podman' | 'skopeo';
  readonly version: PodmanVersion;
  readonly real: Behaviour;
  readonly ours: Behaviour;
}

/** Where we differ on purpose. */
export interface KnownDifference {
  readonly id: string;
  /** Why that is right. */
  readonly reason: string;
  /** Whether it may show in this case. */
  readonly applies: (compared: Compared) => boolean;
  /** Takes nothing but the difference out of the behaviour of either. */
  readonly without: (behaviour: Behaviour, compared: Compared) => Behaviour;
}

/**
 * Returns the IDs of the known differences without which the two would not be the same; `undefined` when they are not the
 * same with all of them.
 */
export function explainedBy(
  compared: Compared,
  known: readonly KnownDifference[],
): readonly string[] | undefined {
  const applying = known.filter(({ applies }) => applies(compared));
  if (areSame(compared, [])) return [];
  if (!areSame(compared, applying)) return undefined;
  // The fewest, going backwards through the table.
  const needed = applying.reduceRight<readonly KnownDifference[]>((left, each) => {
    const rest = left.filter((other) => other !== each);
    return areSame(compared, rest) ? rest : left;
  }, applying);
  return needed.map(({ id }) => id);
}

function areSame(compared: Compared, known: readonly KnownDifference[]): boolean {
  const { real, ours } = compared;
  const reduced = (behaviour: Behaviour) =>
    known.reduce((rest, { without }) => without(rest, compared), behaviour);
  return isDeepStrictEqual(reduced(real), reduced(ours));
}
