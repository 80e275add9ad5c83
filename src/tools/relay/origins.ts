import type { Origin } from '../../model/events.js';
import type { RegistrySource } from '../../model/registry-source.js';

/** Counts where bytes come from. */
export interface Origins {
  add(kind: Origin['kind'], name: string | null, bytes: number): void;
  all(): readonly Origin[];
}

export function newOrigins(): Origins {
  const counts = new Map<string, Origin>();
  return {
    add: (kind, name, bytes) => {
      const key = `${kind} ${name}`;
      counts.set(key, { kind, name, bytes: (counts.get(key)?.bytes ?? 0) + bytes });
    },
    all: () => [...counts.values()],
  };
}

/** A source that is not what an image is named after is a mirror. */
export function kindOf({ registry }: RegistrySource, own: Iterable<string>): Origin['kind'] {
  return [...own].includes(registry) ? 'registry' : 'mirror';
}
