import { errorText } from '../model/error.js';
import type { Failure } from '../model/failure.js';
import type { PlannedImage } from '../model/plan.js';
import type { ImageProof } from '../model/store.js';
import type { Podman } from '../tools/podman/podman.js';
import { chainOf, type StoreFiles } from '../tools/podman/store-files.js';

/** What became of images that are bound and damaged. */
export interface RemovedDamaged {
  /** Names that were lost with an image which had more than one, by its ID: they are the same image once it is back. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Why an image could not be removed, by its ID. */
  readonly errors: ReadonlyMap<string, Failure>;
}

/**
 * Removes the damaged ones among planned images, so that podman fetches all of them again: what the store lists it
 * takes for good, and a layer stays listed for as long as any image stands on it. Where podman cannot remove all that
 * stand on a damaged layer, or the plan knows that one of them cannot be pulled now, none of these is touched.
 */
export async function removeDamaged(
  planned: readonly PlannedImage[],
  { files, proofOf }: { readonly files: StoreFiles; proofOf(id: string): ImageProof },
  podman: Podman,
  note: (text: string) => void,
  signal: AbortSignal,
): Promise<RemovedDamaged> {
  const images = new Map(
    planned.flatMap(({ id, problem, error }) =>
      id !== null && problem?.code === 'damaged' ? [[id, { message: problem.message, error }] as const] : [],
    ),
  );
  const used = await podman.usedImages(signal).catch((cause: unknown) => ({ cause }));
  const others = [...files.images.values()].filter(({ id }) => !images.has(id));
  const damagedLayers = (id: string) => proofOf(id).damage?.layers ?? [];
  const blocked = new Map<string, Blocked>();
  for (const [id, { error }] of images) {
    const layers = damagedLayers(id);
    const above = others.filter((image) =>
      chainOf(files, image).chain.some((each) => layers.includes(each.id)),
    );
    if (error !== null) blocked.set(id, isUnpullable(error));
    else if ('cause' in used) blocked.set(id, isPerhapsUsed(used.cause));
    else if (used.has(id)) blocked.set(id, isUsed(id));
    else if (above.length > 0) blocked.set(id, isBelow(above.map((image) => image.names[0] ?? image.id)));
  }
  // What cannot go keeps the layers that it shares.
  for (let before = -1; before !== blocked.size; ) {
    before = blocked.size;
    for (const id of images.keys()) {
      const shared = (other: string) =>
        damagedLayers(other).some((layer) => damagedLayers(id).includes(layer));
      const reason = [...blocked].find(([other]) => shared(other))?.[1];
      if (!blocked.has(id) && reason !== undefined) blocked.set(id, reason);
    }
  }
  const names = new Map<string, readonly string[]>();
  for (const [id, { message }] of images) {
    if (blocked.has(id) || signal.aborted) continue;
    const own = files.images.get(id)?.names ?? [];
    const failure = await removeNamed(id, own, podman, signal);
    if (failure !== undefined) {
      const hint = `see what “podman image rm ${id}” says`;
      blocked.set(id, { why: `podman cannot remove it: ${failure.message}`, hint, kind: 'permanent' });
      continue;
    }
    names.set(id, own);
    note(`removed ${own[0] ?? id}, to pull it anew: ${message}`);
  }
  const errors = [...blocked].map(([id, { why, ...rest }]): [string, Failure] => {
    return [id, { code: 'damaged', message: `${images.get(id)?.message}; ${why}`, ...rest }];
  });
  return { names, errors: new Map(errors) };
}

interface Blocked {
  readonly why: string;
  readonly hint: string | null;
  readonly kind: Failure['kind'];
}

function isUnpullable({ code: _, message, ...rest }: Failure): Blocked {
  return { why: `it stays, for it cannot be pulled now: ${message}`, ...rest };
}

function isPerhapsUsed(cause: unknown): Blocked {
  return {
    kind: 'transient',
    why: `it stays, for whether a container uses it cannot be told: ${errorText(cause)}`,
    hint: 'see what “podman ps --all --external” says',
  };
}

function isUsed(id: string): Blocked {
  return {
    kind: 'permanent',
    why: 'podman cannot remove it: a container uses it',
    hint: `remove the containers that “podman ps --all --external --filter ancestor=${id}” lists, and run this again`,
  };
}

function isBelow(names: readonly string[]): Blocked {
  return {
    kind: 'permanent',
    why: `podman cannot remove it: other images, which are not bound, stand on the damaged layer: ${names.join(', ')}`,
    hint: `remove them with “podman image rm ${names.join(' ')}”, and run this again`,
  };
}

/** By its ID, which podman refuses while the image has several names. They come back where it stays. */
async function removeNamed(
  id: string,
  [, ...surplus]: readonly string[],
  podman: Podman,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const failure = surplus.length === 0 ? undefined : await podman.untag(id, surplus, signal);
  if (failure !== undefined) return failure;
  const kept = await podman.remove(id, signal);
  if (kept !== undefined && surplus.length > 0) await podman.tag(id, surplus);
  return kept;
}
