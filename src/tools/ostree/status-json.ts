import { BoundImagesError } from '../../model/error.js';
import { readJson } from '../../text/json.js';
import { absentAs, count, flag, matching, type Shape } from '../../text/shape.js';

/**
 * What a program printed as JSON, where it has that shape; `command` is its command line.
 *
 * @throws BoundImagesError `deployment`, naming the command and the place in what it printed.
 */
export function readStatus<T>(command: string, text: string, shape: Shape<T>): T {
  const fitted = readJson(shape, text);
  if (fitted.kind === 'fits') return fitted.value;
  throw unreadable(command, fitted.problem);
}

/** The error for what a program printed; `problem` is a clause. */
export function unreadable(command: string, problem: string): BoundImagesError {
  return new BoundImagesError('deployment', `what “${command}” prints cannot be read: ${problem}`, {
    hint: `run “${command}” as root, and report what it prints with the version of the program`,
  });
}

/** Programs leave out what their older versions did not know. */
export const flagOrFalse = absentAs(false, flag);
export const optional = <T>(shape: Shape<T>): Shape<T | null> => absentAs(null, shape);

/** The parts of a deployment's name become parts of paths. */
export const stateroot = matching(/^(?!\.{1,2}$)[^/\0]+$/, 'is not the name of a stateroot');
export const checksum = matching(/^[0-9a-f]{64}$/, 'is not the checksum of a commit');
export const serial = count;
