import { ArchiveProblem } from '../archive/problem.js';
import type { Failure } from '../model/failure.js';
import { writeFailure } from '../tools/files/write-failure.js';

/** What it means for an image that its files for podman could not be written. */
export function failureToWrite(error: unknown): Failure {
  return error instanceof ArchiveProblem
    ? {
        code: 'archive',
        kind: 'permanent',
        message: `the archive is not taken: ${error.message}`,
        hint: null,
      }
    : writeFailure(error);
}
