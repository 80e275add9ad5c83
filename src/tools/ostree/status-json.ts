import { BoundImagesError } from '../../model/error.js';
import { printable } from '../../text/printable.js';
import { count, mismatch, readAs, type Shape } from '../../text/shape.js';

/**
 * What a program printed as JSON, where it has that shape; `command` is its command line.
 *
 * @throws BoundImagesError `deployment`, naming the command and the place in what it printed.
 */
export function readStatus<T>(command: string, text: string, shape: Shape<T>): T {
  const fitted = readAs(shape, parse(command, text));
  if (fitted.kind === 'fits') return fitted.value;
  throw unreadable(command, fitted.problem);
}

/** The error for what a program printed; `problem` is a clause. */
export function unreadable(command: string, problem: string): BoundImagesError {
  return new BoundImagesError('deployment', `what “${command}” prints cannot be read: ${problem}`, {
    hint: `run “${command}” as root, and report what it prints with the version of the program`,
  });
}

function parse(command: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? printable(error.message) : String(error);
    throw unreadable(command, `it is not JSON (${reason})`);
  }
}

/** Absent is false: programs leave out what their older versions did not know. */
export const flag: Shape<boolean> = (value, at) => {
  if (value === undefined || value === null) return false;
  return typeof value === 'boolean' ? value : mismatch(at, 'is neither true nor false');
};

/** Absent is `null`. */
export function optional<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === undefined || value === null ? null : shape(value, at));
}

/** The parts of a deployment's name become parts of paths. */
export const stateroot = matching(/^(?!\.{1,2}$)[^/\0]+$/, 'is no name of a stateroot');
export const checksum = matching(/^[0-9a-f]{64}$/, 'is no checksum of a commit');
export const serial = count;

function matching(pattern: RegExp, problem: string): Shape<string> {
  return (value, at) => (typeof value === 'string' && pattern.test(value) ? value : mismatch(at, problem));
}
