import type { Holder } from '../model/deployment.js';
import type { Failure } from '../model/failure.js';
import type { PullOutcome } from '../model/outcome.js';
import type { Clock } from '../model/ports.js';
import { reasonOf } from '../model/reason.js';
import type { Acceptance, Receipt, ReceiptError, ReceiptImage, ReceiptPayload } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { PayloadOutcome } from '../state/payloads.js';
import type { ReadReceipt } from '../state/receipts.js';
import { acceptedOf } from './accepted.js';
import type { Target } from './target.js';

/** How it ended for one root. */
export interface Ended {
  readonly state: 'staged' | 'failed';
  /** Who holds it now; `released`: we did before; null: there is nothing to hold. */
  readonly hold: 'released' | Holder | null;
  readonly outcomes: readonly PullOutcome[];
  readonly payloads: readonly PayloadOutcome[];
  /** Where no single image is the reason. */
  readonly error: ReceiptError | null;
}

/** The receipt of a run, as it goes on. */
export interface RunReceipt {
  checking(holder: Receipt['finalizationLock']): Receipt;
  /** @param accepted of this run, or of an earlier one */
  downloading(images: readonly ResolvedImage[], accepted: Acceptance | null): Receipt;
  ended(run: Ended): Receipt;
}

/** Which run of which boot it is. */
export interface RunOrigin {
  readonly clock: Pick<Clock, 'now'>;
  /** Names this boot: another one has another. */
  readonly bootId: string;
}

/** `before` is what earlier runs left. */
export function receiptOf(
  { id, root }: Pick<Target, 'id' | 'root'>,
  before: ReadReceipt,
  { clock, bootId }: RunOrigin,
): RunReceipt {
  const startedAt = clock.now().toISOString();
  const runs = before.kind === 'read' ? before.value.runs + 1 : 1;
  let last: Receipt = {
    schemaVersion: 1,
    deployment: id,
    root,
    state: 'checking',
    startedAt,
    updatedAt: startedAt,
    runs,
    finalizationLock: null,
    bootId,
    images: [],
    payloads: [],
    error: null,
    accepted: acceptedOf({ id, root }, before),
  };
  const next = (change: Partial<Receipt>) => {
    last = { ...last, ...change, updatedAt: clock.now().toISOString() };
    return last;
  };
  return {
    checking: (finalizationLock) => next({ finalizationLock }),
    downloading: (images, accepted) => next({ state: 'downloading', images: images.map(missing), accepted }),
    ended: ({ state, outcomes, payloads, hold, error }) =>
      next({
        state,
        images: outcomes.length === 0 ? last.images : outcomes.map(imageOf),
        payloads: payloads.map(payloadOf),
        finalizationLock: hold === 'released' ? null : hold,
        error,
      }),
  };
}

function missing({ image: { reference, sources }, store = 'podman' }: ResolvedImage): ReceiptImage {
  return {
    reference: reference.text,
    store,
    state: 'missing',
    digest: null,
    id: null,
    bytes: 0,
    attempts: 0,
    seconds: 0,
    sources,
    error: null,
  };
}

function imageOf({ planned, error, ...outcome }: PullOutcome): ReceiptImage {
  const { image, store = 'podman' } = planned.resolved;
  const { reference, sources } = image;
  const { state, digest, id, bytes, attempts, seconds } = outcome;
  return {
    reference: reference.text,
    store,
    state,
    digest,
    id,
    bytes,
    attempts,
    seconds,
    sources,
    error: error && receiptError(error),
  };
}

function payloadOf({ reference, payload, state, bytes, error }: PayloadOutcome): ReceiptPayload {
  return { reference, as: payload.as, state, bytes, error: error && receiptError(error) };
}

function receiptError({ code, message, hint, ...rest }: Failure): ReceiptError {
  return { code, message, hint, ...reasonOf(rest) };
}
