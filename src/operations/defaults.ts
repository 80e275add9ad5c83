import type { PlanningInput, PullingInput, RootInput, StoreInput } from './inputs.js';

/** What every operation takes where nobody says otherwise, on the command line or to the library. */
export const rootDefaults = { currentRoot: '/' } as const satisfies Partial<RootInput>;

export const storeDefaults = { podman: 'podman', store: 'podman' } as const satisfies Partial<StoreInput>;

export const proofDefaults = { verify: 'structure' } as const;

export const planningDefaults = {
  ...storeDefaults,
  ...proofDefaults,
  concurrency: 6,
  pullPolicy: 'newer',
  minFree: 256 * 1024 * 1024,
} as const satisfies Partial<PlanningInput>;

export const pullingDefaults = {
  ...planningDefaults,
  retries: 4,
  stallTimeout: 60_000,
  nice: false,
  direct: false,
  keepParts: 7,
} as const satisfies Partial<PullingInput>;

export const checkDefaults = {
  ...rootDefaults,
  unbound: false,
  lock: false,
  online: false,
  fix: false,
  update: false,
  dryRun: false,
} as const;

export const initDefaults = { ...rootDefaults, dryRun: false } as const;

export const planDefaults = { ...rootDefaults, ...planningDefaults } as const;

export const pullDefaults = { ...rootDefaults, ...pullingDefaults, keepGoing: false } as const;

export const prefetchDefaults = {
  ...rootDefaults,
  ...pullingDefaults,
  keepGoing: false,
  keepFor: 14,
} as const;

export const extractDefaults = {
  ...rootDefaults,
  ...storeDefaults,
  retries: pullingDefaults.retries,
  stallTimeout: pullingDefaults.stallTimeout,
  maxBytes: 4 * 1024 ** 3,
} as const;

export const inspectDefaults = {
  ...rootDefaults,
  ...storeDefaults,
  retries: pullingDefaults.retries,
  stallTimeout: pullingDefaults.stallTimeout,
} as const;

export const stageDefaults = { ...rootDefaults, ...pullingDefaults } as const;

export const gateDefaults = { ...rootDefaults, ...storeDefaults, ...proofDefaults, hold: false } as const;

export const statusDefaults = { ...rootDefaults, ...storeDefaults } as const;

export const doctorDefaults = { ...storeDefaults, minFree: planningDefaults.minFree } as const;

export const pruneDefaults = {
  ...rootDefaults,
  ...storeDefaults,
  dryRun: false,
  keepParts: pullingDefaults.keepParts,
} as const;
