import type { ErrorCode } from '../../model/error.js';
import { schemaVersion } from './schema-version.js';

/**
 * Why there is no result. Beside the codes of errors: `mistake`, of bound-images itself; `interrupted`, by a signal;
 * `time-limit`, that of the whole run.
 */
export interface ReportedError {
  readonly code: ErrorCode | 'mistake' | 'interrupted' | 'time-limit';
  readonly message: string;
  /** What the operator does next, one sentence. */
  readonly hint: string | null;
}

/** What `--format json` prints where a run ends without a result. */
export function errorJson({ code, message, hint }: ReportedError): object {
  return { schemaVersion, error: { code, message, hint } };
}
