import { digestFault } from '../../model/reference/digest.js';
import { printable } from '../../text/printable.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON from a registry that is not what it should be; `problem` follows “cannot be read: ”. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly problem: string;
}

/** Leaves a reader from any depth; `readJson` turns it into a value. */
class UnexpectedShape extends Error {}

/** What `read` makes of the object in `text`, or what is wrong with it. `read` uses the functions below. */
export function readJson<T>(text: string, read: (top: JsonObject) => T): T | Unreadable {
  try {
    return read(objectOf(parse(text), 'it'));
  } catch (error) {
    if (error instanceof UnexpectedShape) return { kind: 'unreadable', problem: error.message };
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof SyntaxError ? shown(error.message) : String(error);
    throw new UnexpectedShape(`it is not JSON (${reason})`);
  }
}

/** @throws when it is no object; `readJson` takes care of it, here and below. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new UnexpectedShape(`${what} is no object`);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Absent and `null` are the empty list, as in Go, which writes an empty list as `null`. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (isAbsent(value)) return [];
  if (Array.isArray(value)) return value;
  throw new UnexpectedShape(`${what} is no list`);
}

/** Absent and `null` are the empty string. */
export function textOf(value: unknown, what: string): string {
  if (isAbsent(value)) return '';
  if (typeof value === 'string') return value;
  throw new UnexpectedShape(`${what} is no text`);
}

/** A number of bytes. */
export function sizeOf(value: unknown, what: string): number {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw new UnexpectedShape(`${what} is no number of bytes`);
}

/** `algorithm:hex`. */
export function digestOf(value: unknown, what: string): string {
  if (typeof value === 'string' && digestFault(value, 0) === null) return value;
  throw new UnexpectedShape(`${what} is no digest`);
}

/** Neither there nor `null`, which to Go is the same. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

const longestShown = 100;

/** Text from a registry, printable and not too long for a message. */
export function shown(text: string): string {
  return printable(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);
}
