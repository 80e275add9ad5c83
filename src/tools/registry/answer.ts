import { digestFault } from '../../model/reference/digest.js';
import { readJson } from '../../text/json.js';
import { absentAs, mismatch, type Shape, text } from '../../text/shape.js';

/** JSON from a registry that is not what it should be; `problem` follows “cannot be read: ”. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly problem: string;
}

/** What a registry has answered, where it has that shape. */
export function readAnswer<T>(shape: Shape<T>, answer: string): T | Unreadable {
  const fitted = readJson(shape, answer);
  return fitted.kind === 'fits' ? fitted.value : { kind: 'unreadable', problem: fitted.problem };
}

/** Go writes an empty text, or none at all, in the place of one that is not known. */
export const textOrEmpty: Shape<string> = absentAs('', text);

/** A number of bytes. */
export const size: Shape<number> = (value, at) =>
  Number.isSafeInteger(value) && Number(value) >= 0
    ? Number(value)
    : mismatch(at, 'is not a number of bytes');

/** `algorithm:hex`. */
export const digest: Shape<string> = (value, at) =>
  typeof value === 'string' && digestFault(value, 0) === null ? value : mismatch(at, 'is not a digest');
