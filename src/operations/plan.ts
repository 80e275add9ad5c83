import { type Diagnostic, hasErrors } from '../diagnostic/diagnostic.js';
import type { PlannedImage } from '../model/plan.js';
import type { StoreName } from '../model/store-name.js';
import { throwIfStopped } from '../pull/time-limit.js';
import { removeLeftovers } from '../pull/work-directory.js';
import type { Podman } from '../tools/podman/podman.js';
import { lazyRegistries } from './asking-registries.js';
import { forReaders } from './for-readers.js';
import type { PlanningInput, RootInput } from './inputs.js';
import { byStore } from './into-stores.js';
import { makePlan, type Planned, type PlanningPorts } from './planning.js';
import { type Bound, readBinding } from './read-root.js';
import { proverOf } from './unflushed-store.js';

export interface PlanInput extends RootInput, PlanningInput {
  readonly signal: AbortSignal;
}

export interface PlanPorts extends Pick<PlanningPorts, 'openRegistries' | 'observe'> {
  /** Asked for when there is something to plan for a store. @throws BoundImagesError `tool-missing`, `store`, `usage`. */
  readonly podman: (store: StoreName) => Podman;
}

export interface PlanResult {
  /** The root on this host, links resolved. */
  readonly root: string;
  /** Every entry is; those that are not are left out of the plan, and a pull would pull nothing. */
  readonly valid: boolean;
  /** Store by store, in the order of their entries. */
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
  const groups = byStore(bound).map((group) => ({ ...group, podman: ports.podman(group.store) }));
  const found: Planned[] = [];
  for (const group of groups) {
    found.push(await planFor(group.podman, { roots, images: group.images }, input, ports));
  }
  return {
    root,
    valid,
    images: found.flatMap(({ plan: { images: planned } }) => planned),
    space: joinSpace(found),
    diagnostics: [
      ...diagnostics,
      ...forReaders(
        found.flatMap(({ plan: planned }) => planned.diagnostics),
        roots.newRoot,
      ),
    ],
  };
}

/** What goes into one store. */
async function planFor(
  podman: Podman,
  bound: Bound,
  input: PlanInput,
  { openRegistries, observe }: PlanPorts,
): Promise<Planned> {
  const { signal } = input;
  const registries = lazyRegistries(bound, openRegistries, () => podman.version(signal), signal);
  try {
    const prover = await proverOf(input, podman, observe, signal);
    const planned = await makePlan(bound.images, input, { podman, observe }, registries, signal, prover);
    throwIfStopped(signal);
    return planned;
  } finally {
    registries.close();
  }
}

/** The stores are filled one after the other: what one needs is said of each. */
function joinSpace(found: readonly Planned[]): Planned['space'] {
  const spaces = found.flatMap(({ space }) => space ?? []);
  const [first] = spaces;
  if (first === undefined) return null;
  return { ...first, fileSystems: spaces.flatMap(({ fileSystems }) => fileSystems) };
}
