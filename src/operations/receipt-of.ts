import type { Staged } from '../cli/report/stage.js';
import type { Failure } from '../model/failure.js';
import type { PullOutcome } from '../model/outcome.js';
import type { Receipt, ReceiptError, ReceiptImage } from '../model/receipt.js';
import type { ResolvedImage } from '../model/resolved-image.js';
import type { ReadReceipt } from '../state/receipts.js';
import { bootId } from '../tools/process/boot-id.js';
import type { Target } from './target.js';

/** The receipt of a run, as it goes on. */
export interface RunReceipt {
  checking(lock: Receipt['finalizationLock']): Receipt;
  downloading(images: readonly ResolvedImage[]): Receipt;
  ended(staged: Omit<Staged, 'target' | 'seconds'>): Receipt;
}

/** `before` is what earlier runs left. */
export function receiptOf({ id, root }: Target, before: ReadReceipt): RunReceipt {
  const startedAt = new Date().toISOString();
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
    bootId: bootId(),
    images: [],
    error: null,
  };
  const next = (change: Partial<Receipt>) => {
    last = { ...last, ...change, updatedAt: new Date().toISOString() };
    return last;
  };
  return {
    checking: (finalizationLock) => next({ finalizationLock }),
    downloading: (images) => next({ state: 'downloading', images: images.map(missing) }),
    ended: ({ state, outcomes, lock, error }) =>
      next({
        state,
        images: outcomes.length === 0 ? last.images : outcomes.map(imageOf),
        finalizationLock: lock === 'released' ? null : lock,
        error,
      }),
  };
}

function missing({ image: { reference, sources } }: ResolvedImage): ReceiptImage {
  return {
    reference: reference.text,
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
  const { reference, sources } = planned.resolved.image;
  const { state, digest, id, bytes, attempts, seconds } = outcome;
  return {
    reference: reference.text,
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

function receiptError({ code, message, hint }: Failure): ReceiptError {
  return { code, message, hint };
}
