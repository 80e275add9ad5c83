import type { Place } from '../diagnostic/place.js';
import {
  absentAs,
  count,
  duration,
  list,
  nullable,
  object,
  oneOf,
  type Shape,
  text,
  time,
} from '../text/shape.js';
import type { Reason } from './reason.js';
import type { StoreName } from './store-name.js';

/** How far a deployment's images have come, and how that went. It holds no secrets. Times are ISO 8601. */
export interface Receipt {
  readonly schemaVersion: 1;
  /** As rpm-ostree names it: `STATEROOT-CHECKSUM.SERIAL`. */
  readonly deployment: string;
  /** The root that was read, a directory of the host. */
  readonly root: string;
  readonly state: 'checking' | 'downloading' | 'staged' | 'failed';
  /** Of the last run. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** How often `stage` was run for this deployment. */
  readonly runs: number;
  /** Who has taken the finalization lock; a later run releases only ours. `null`: nobody. */
  readonly finalizationLock: 'ours' | 'theirs' | null;
  /** The boot of the last run: neither a staged deployment nor its lock outlives one. */
  readonly bootId: string;
  readonly images: readonly ReceiptImage[];
  /** What the images carry for the deployment, as far as the last run came to it. */
  readonly payloads: readonly ReceiptPayload[];
  /** Why the run failed, where no single image is the reason. */
  readonly error: ReceiptError | null;
  /** For this deployment alone, and as long as it is there; null: nothing. */
  readonly accepted: Acceptance | null;
}

/** Images without which somebody lets a deployment boot. */
export interface Acceptance {
  /** As podman would be asked for them. */
  readonly references: readonly string[];
  readonly reason: string;
  readonly at: string;
}

export interface ReceiptImage {
  /** What podman is asked for. */
  readonly reference: string;
  /** Where it is to be. */
  readonly store: StoreName;
  readonly state: 'present' | 'pulled' | 'failed' | 'missing';
  /** `algorithm:hex`, of the manifest or index, as the store has it. */
  readonly digest: string | null;
  readonly id: string | null;
  /** What was received for it, over all attempts. */
  readonly bytes: number;
  readonly attempts: number;
  readonly seconds: number;
  /** What asked for it. */
  readonly sources: readonly Place[];
  readonly error: ReceiptError | null;
}

export interface ReceiptPayload {
  /** Of the image or artifact. */
  readonly reference: string;
  /** Its name below the directory of the deployment. */
  readonly as: string;
  readonly state: 'present' | 'taken' | 'failed';
  /** Of all of its files; null where it is not there. */
  readonly bytes: number | null;
  readonly error: ReceiptError | null;
}

export interface ReceiptError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  /** Until it is written. */
  readonly reason?: Reason;
}

/** As it is written: without the reasons, which say no more than the hints. */
export function writtenReceipt(receipt: Receipt): Receipt {
  const written = (error: ReceiptError | null) => {
    if (error === null) return null;
    const { reason: _, ...rest } = error;
    return rest;
  };
  const images = receipt.images.map((image) => ({ ...image, error: written(image.error) }));
  const payloads = receipt.payloads.map((payload) => ({ ...payload, error: written(payload.error) }));
  return { ...receipt, images, payloads, error: written(receipt.error) };
}

const errorShape = object<ReceiptError>({ code: text, message: text, hint: nullable(text) });

const placeShape = object<Place>({
  entry: nullable(text),
  file: nullable(text),
  line: nullable(count),
  column: nullable(count),
});

const imageShape = object<ReceiptImage>({
  reference: text,
  // Receipts of 0.2 know one store.
  store: absentAs('podman', oneOf('podman', 'bootc')),
  state: oneOf('present', 'pulled', 'failed', 'missing'),
  digest: nullable(text),
  id: nullable(text),
  bytes: count,
  attempts: count,
  seconds: duration,
  sources: list(placeShape),
  error: nullable(errorShape),
});

const payloadShape = object<ReceiptPayload>({
  reference: text,
  as: text,
  state: oneOf('present', 'taken', 'failed'),
  bytes: nullable(count),
  error: nullable(errorShape),
});

export const receiptShape: Shape<Receipt> = object<Receipt>({
  schemaVersion: oneOf(1),
  deployment: text,
  root: text,
  state: oneOf('checking', 'downloading', 'staged', 'failed'),
  startedAt: time,
  updatedAt: time,
  runs: count,
  finalizationLock: nullable(oneOf('ours', 'theirs')),
  bootId: text,
  images: list(imageShape),
  // Receipts of 0.2 have none.
  payloads: absentAs([], list(payloadShape)),
  error: nullable(errorShape),
  // Receipts of 0.1 have none.
  accepted: absentAs(null, object<Acceptance>({ references: list(text), reason: text, at: time })),
});
