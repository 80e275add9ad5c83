import type { ImageRequest } from '../../model/bound-image.js';
import { kinds } from '../../scan/quadlet/kinds.js';
import type { LoadedUnit } from '../../scan/unit/unit.js';
import { namedImage } from '../bootc/bootc.js';
import type { Subject } from '../subject.js';
import { startedBy } from './started.js';

/** A unit and the name of the entry that leads to it. */
export interface BoundService {
  readonly unit: LoadedUnit;
  readonly entry: string | null;
}

export interface BoundServices {
  /** The `.image` units whose images are bound, with what is asked for there; `isStarted` by something at boot. */
  readonly imageUnits: readonly (BoundService & {
    readonly request: ImageRequest;
    readonly isStarted: boolean;
  })[];
  /** The `.container` and `.kube` units that are bound, and the containers that run the image of such an `.image`. */
  readonly runners: readonly BoundService[];
}

/** The units that quadlet makes services of and that belong to bound images. */
export function boundServices({ entries, units }: Pick<Subject, 'entries' | 'units'>): BoundServices {
  const bound = new Map<LoadedUnit, string>();
  const asking = new Map<string | null, ImageRequest>();
  for (const { entry, unit, requests } of entries) {
    if (unit === undefined) continue;
    bound.set(unit, entry.name);
    for (const request of requests) asking.set(request.source.file, request);
  }
  if (bound.size === 0) return { imageUnits: [], runners: [] };
  const all = [...units().units.values()];
  const isStarted = startedBy(all);
  const imageUnits = all.flatMap((unit) => {
    const request = unit.kind === kinds.image ? requestOf(unit, asking) : undefined;
    return request === undefined
      ? []
      : [{ unit, request, entry: request.source.entry, isStarted: isStarted(unit) }];
  });
  const runs = new Map(imageUnits.map(({ unit, entry }) => [unit.name, entry]));
  const runners = all.flatMap((unit) => {
    if (unit.kind.needsImage !== 'always') return [];
    const entry =
      bound.get(unit) ?? runs.get(namedImage(unit)?.value ?? '') ?? requestOf(unit, asking)?.source.entry;
    return entry === undefined ? [] : [{ unit, entry }];
  });
  return { imageUnits, runners };
}

/** What is asked for in a file of the unit. */
function requestOf(
  unit: LoadedUnit,
  asking: ReadonlyMap<string | null, ImageRequest>,
): ImageRequest | undefined {
  return unit.parts.map(({ source }) => asking.get(source)).find((request) => request !== undefined);
}
