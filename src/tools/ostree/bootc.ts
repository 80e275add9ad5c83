import type { ListedDeployment } from '../../model/deployment.js';
import { BoundImagesError } from '../../model/error.js';
import { list, object, text } from '../../text/shape.js';
import { checksum, flagOrFalse, optional, readStatus, serial, stateroot } from './status-json.js';

/** Needs root. The version of the format is that of `apiVersion: org.containers.bootc/v1`. */
export const bootcStatus = ['status', '--json', '--format-version=1'] as const;

const bootEntry = object({
  /** bootc sets it for what was deployed from a container image and has no packages layered on top. */
  image: optional(object({})),
  pinned: flagOrFalse,
  downloadOnly: flagOrFalse,
  ostree: optional(object({ stateroot, checksum, deploySerial: serial })),
  composefs: optional(object({ verity: text })),
});

const host = object({
  status: object({
    staged: optional(bootEntry),
    booted: optional(bootEntry),
    rollback: optional(bootEntry),
    otherDeployments: optional(list(bootEntry)),
    rollbackQueued: flagOrFalse,
  }),
});

/**
 * Reads `bootc status --json --format-version=1` of bootc 1.3 and later (docs/src/host-v1.schema.json): the one
 * that boots next comes first. It says of each whether it could be soft rebooted into, and not which one is prepared.
 * `undefined` when bootc does not manage this host: what is booted was not deployed
 * from a container image.
 *
 * @throws BoundImagesError `deployment`, `unsupported-host`.
 */
export function parseBootcStatus(json: string): readonly ListedDeployment[] | undefined {
  const { status } = readStatus(['bootc', ...bootcStatus].join(' '), json, host);
  const { booted, staged, rollback, otherDeployments, rollbackQueued } = status;
  const list = (entry: typeof booted, slot: 'booted' | 'staged' | 'rollback' | 'other') =>
    entry === null ? [] : [listed(entry, slot)];
  if (booted?.composefs) throw composefsUnsupported();
  if (!booted?.image) return undefined;
  const [current, previous] = [list(booted, 'booted'), list(rollback, 'rollback')];
  return [
    ...list(staged, 'staged'),
    ...(rollbackQueued ? [...previous, ...current] : [...current, ...previous]),
    ...(otherDeployments ?? []).map((entry) => listed(entry, 'other')),
  ];
}

type BootEntry = NonNullable<ReturnType<typeof host>['status']['booted']>;

function listed(
  { ostree, composefs, pinned, downloadOnly }: BootEntry,
  slot: 'booted' | 'staged' | 'rollback' | 'other',
): ListedDeployment {
  if (composefs !== null) throw composefsUnsupported();
  if (ostree === null) throw new BoundImagesError('deployment', `bootc does not say which root is ${slot}`);
  const { deploySerial, ...name } = ostree;
  return {
    ...name,
    serial: deploySerial,
    booted: slot === 'booted',
    staged: slot === 'staged',
    rollback: slot === 'rollback',
    pinned,
    softReboot: false,
    locked: downloadOnly,
  };
}

/** The other backend of bootc, which has no ostree underneath: its staged root is an image that has to be mounted. */
export function composefsUnsupported(): BoundImagesError {
  return new BoundImagesError(
    'unsupported-host',
    'this host runs on bootc’s composefs backend, whose deployments are not supported yet',
    { hint: 'name a mounted root: a pull of one needs no deployment', reason: { kind: 'composefs' } },
  );
}
