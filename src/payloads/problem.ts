import type { Failure, FailureCode } from '../model/failure.js';
import { printable } from '../text/printable.js';

/** Why a file is not taken out of an image. */
export class PayloadProblem extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** One that no later try will change. */
export function refused(code: FailureCode, message: string, hint: string | null = null): PayloadProblem {
  return new PayloadProblem({ code, kind: 'permanent', message, hint });
}

/** @param path as it was asked for */
export function notThere(path: string): PayloadProblem {
  return refused('not-in-image', `there is no ${printable(path)} in the image`);
}

export function throughTooManyLinks(path: string): PayloadProblem {
  return refused('not-in-image', `${printable(path)} leads through too many links`);
}

/** @param what such as `a device` */
export function notTaken(path: string, what: string): PayloadProblem {
  return refused('unpacking', `${nameIn(path)} is ${what}, which is not taken out of an image`);
}

/** As it stands in a sentence; '' is what is taken as a whole. */
export function nameIn(path: string): string {
  return path === '' ? 'it' : `“${printable(path)}” in it`;
}
