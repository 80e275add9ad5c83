import type { Reason } from './reason.js';

/**
 * What went wrong, for whoever must decide what to do about it:
 * `usage` wrong options; `tool-missing`, `tool-too-old` a program that is needed; `store` podman cannot read
 * its store; `store-busy` others keep podman from its store for now, also after some waiting; `temporary-files` there is
 * no place for what is on its way into the store; `deployment` the host's deployments cannot be told, or their lock
 * cannot be changed; `unsupported-host` they are of another kind; `state` the directory for receipts, or that in a store,
 * cannot be used; `busy` another process works on the same store; `limit` and `exhausted` this machine lets no program go
 * on: until somebody changes that, or for now.
 */
export type ErrorCode =
  | 'usage'
  | 'tool-missing'
  | 'tool-too-old'
  | 'store'
  | 'store-busy'
  | 'temporary-files'
  | 'deployment'
  | 'unsupported-host'
  | 'state'
  | 'busy'
  | 'limit'
  | 'exhausted';

/** A run that cannot go on. Findings and failed pulls are values, not errors. */
export class BoundImagesError extends Error {
  override readonly name = 'BoundImagesError';
  readonly code: ErrorCode;
  /** What the operator does next, one sentence. */
  readonly hint: string | null;
  /** Which of the causes of the code, where whoever shows it may say more than the hint. */
  readonly reason: Reason | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; reason?: Reason; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? null;
    this.reason = options.reason ?? null;
  }
}

/** What was thrown, in words. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** It says that a deployment could not be held, which is to be known whatever else has ended the run. */
export function isAboutHold(error: unknown): boolean {
  return error instanceof BoundImagesError && (error.code === 'deployment' || error.code === 'busy');
}
