import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { PlannedImage } from '../model/plan.js';
import { throwIfStopped } from '../pull/time-limit.js';
import { removeLeftovers } from '../pull/work-directory.js';
import type { Podman } from '../tools/podman/podman.js';
import { lazyRegistries } from './asking-registries.js';
import { forReaders } from './for-readers.js';
import type { PlanningInput, RootInput } from './inputs.js';
import { makePlan, type Planned, type PlanningPorts } from './planning.js';
import { readBinding } from './read-root.js';
import { proverOf } from './unflushed-store.js';

export interface PlanInput extends RootInput, PlanningInput {
  readonly signal: AbortSignal;
}

export interface PlanPorts extends Pick<PlanningPorts, 'openRegistries' | 'observe'> {
  /** Asked for when there is something to plan. @throws BoundImagesError `tool-missing`. */
  readonly podman: () => Podman;
}

export interface PlanResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** Every entry is; those that are not are left out of the plan, and a pull would pull nothing. */
  readonly valid: boolean;
  /** In the order of their entries. */
  readonly images: readonly PlannedImage[];
  /** What the pulls need; null where nothing is missing. */
  readonly space: Planned['space'];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Says what a pull would do, and whether it can. Nothing is pulled. When the time is up, what a registry has not
 * answered is unknown.
 *
 * @throws BoundImagesError `usage`, `store`, `tool-missing`, `tool-too-old`, `temporary-files`; the reason of the signal.
 */
export async function plan(input: PlanInput, ports: PlanPorts): Promise<PlanResult> {
  removeLeftovers();
  const { root, roots, images, diagnostics } = readBinding({ ...input, mayLackHost: true });
  const valid = !hasErrors(diagnostics);
  const bound = images.filter((image) => image.valid);
  // A root that binds nothing needs no podman.
  if (bound.length === 0) return { root, valid, images: [], space: null, diagnostics };
  const podman = ports.podman();
  const { openRegistries, observe } = ports;
  const { signal } = input;
  const read = { roots, images: bound };
  const registries = lazyRegistries(read, openRegistries, () => podman.version(signal), signal);
  try {
    const prover = await proverOf(input, podman, observe, signal);
    const asked = { podman, observe };
    const { plan: planned, space } = await makePlan(bound, input, asked, registries, signal, prover);
    throwIfStopped(signal);
    return {
      root,
      valid,
      images: planned.images,
      space,
      diagnostics: [...diagnostics, ...forReaders(planned.diagnostics, roots.newRoot)],
    };
  } finally {
    registries.close();
  }
}
