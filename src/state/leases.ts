import { join } from 'node:path';
import { list, object, oneOf, type Shape, text, time } from '../text/shape.js';
import { type Damage, stateFile } from './state-file.js';
import { storeDirectory } from './store-directory.js';

/** Images of a store that are there for an OS image which no deployment has yet. */
export interface Lease {
  /** As it was named. */
  readonly osImage: string;
  /** Until when they are kept, ISO 8601. */
  readonly until: string;
  /** podman's ids of them. */
  readonly ids: readonly string[];
}

/** One that is still stored: nobody forgets it before `prune` or another lease does. */
export interface StoredLease extends Lease {
  /** It keeps nothing any more. */
  readonly isOver: boolean;
}

/** Whoever changes them holds the lock of the store. */
export interface Leases {
  /** Those that are stored, also those that are over. */
  all(): { readonly leases: readonly StoredLease[]; readonly damage: Damage | null };
  /** Those that are not over. With a damaged file nobody knows which there are. */
  read(): { readonly leases: readonly Lease[]; readonly damage: Damage | null };
  /** In place of what there is for an OS image of that name. @throws BoundImagesError `state`. */
  put(lease: Lease): void;
  /** Forgets those that are over. @throws BoundImagesError `state`. */
  removeOld(): void;
}

interface Content {
  readonly schemaVersion: 1;
  readonly leases: readonly Lease[];
}

const contentShape: Shape<Content> = object<Content>({
  schemaVersion: oneOf(1),
  leases: list(object<Lease>({ osImage: text, until: time, ids: list(text) })),
});

export function storeLeases(graphRoot: string, now: () => Date = () => new Date()): Leases {
  const file = stateFile(join(storeDirectory(graphRoot), 'leases.json'), 1, contentShape);
  const readAll = () => {
    const content = file.read();
    return {
      all: content.kind === 'read' ? content.value.leases : [],
      damage: content.kind === 'damaged' ? content.damage : null,
    };
  };
  const isRunning = ({ until }: Lease) => Date.parse(until) > now().getTime();
  return {
    all: () => {
      const { all, damage } = readAll();
      return { leases: all.map((lease) => ({ ...lease, isOver: !isRunning(lease) })), damage };
    },
    read: () => {
      const { all, damage } = readAll();
      return { leases: all.filter(isRunning), damage };
    },
    put: (lease) => {
      const others = readAll().all.filter((each) => isRunning(each) && each.osImage !== lease.osImage);
      file.write({ schemaVersion: 1, leases: [...others, lease] });
    },
    removeOld: () => {
      const { all } = readAll();
      const running = all.filter(isRunning);
      if (running.length < all.length) file.write({ schemaVersion: 1, leases: running });
    },
  };
}
