import { shown } from './printable.js';

/**
 * Makes a `T` of a JSON value, or refuses it. `at` says where the value stands, as in `images[2].digest`; it is
 * empty for the whole. Keys that are not known are left out: a later version may have added them.
 */
export type Shape<T> = (value: unknown, at: string) => T;

/** Leaves a shape from any depth; `readAs` turns it into a value. */
class Mismatch extends Error {}

export type Fitted<T> =
  | { readonly kind: 'fits'; readonly value: T }
  /** `problem` is a clause: `images[2].digest is not text`. */
  | { readonly kind: 'mismatch'; readonly problem: string };

export function readAs<T>(shape: Shape<T>, value: unknown): Fitted<T> {
  try {
    return { kind: 'fits', value: shape(value, '') };
  } catch (error) {
    if (error instanceof Mismatch) return { kind: 'mismatch', problem: error.message };
    throw error;
  }
}

/** Refuses the value at hand, from inside of a shape. */
export function mismatch(at: string, problem: string): never {
  throw new Mismatch(`${at === '' ? 'it' : at} ${problem}`);
}

export function object<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  const shapes = Object.entries(fields as Readonly<Record<string, Shape<unknown>>>);
  return (value, at) => {
    if (!isObject(value)) return mismatch(at, 'is not an object');
    const prefix = at === '' ? '' : `${at}.`;
    return Object.fromEntries(shapes.map(([key, shape]) => [key, shape(value[key], `${prefix}${key}`)])) as T;
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((each, i) => item(each, `${at}[${i}]`)) : mismatch(at, 'is not a list');
}

/** An object of any names; a name from outside is shown as it is safe to show. */
export function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    if (!isObject(value)) return mismatch(at, 'is not an object');
    const prefix = at === '' ? '' : `${at}.`;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, each]) => [key, item(each, `${prefix}${shown(key)}`)]));
  };
}

/** Absent or `null`, which to Go is the same, counts as `fallback`. */
export function absentAs<T, F>(fallback: F, shape: Shape<T>): Shape<T | F> {
  return (value, at) => (value === undefined || value === null ? fallback : shape(value, at));
}

/** Whatever does not fit counts as `fallback`. */
export function elseAs<T, F>(fallback: F, shape: Shape<T>): Shape<T | F> {
  return (value, at) => {
    const fitted = readAs((each) => shape(each, at), value);
    return fitted.kind === 'fits' ? fitted.value : fallback;
  };
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null ? null : shape(value, at));
}

export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  return (value, at) =>
    values.find((each) => each === value) ?? mismatch(at, `is none of ${values.join(', ')}`);
}

export const text: Shape<string> = (value, at) =>
  typeof value === 'string' ? value : mismatch(at, 'is not text');

/** The texts of a list, of which everything else is left out. */
export const texts: Shape<readonly string[]> = (value) =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

export const number: Shape<number> = (value, at) =>
  typeof value === 'number' ? value : mismatch(at, 'is not a number');

export const flag: Shape<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : mismatch(at, 'is neither true nor false');

export const anything: Shape<unknown> = (value) => value;

export function matching(pattern: RegExp, problem: string): Shape<string> {
  return (value, at) => (typeof value === 'string' && pattern.test(value) ? value : mismatch(at, problem));
}

/** What `Date` can read, such as ISO 8601. */
export const time: Shape<string> = (value, at) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : mismatch(at, 'is not a time');

/** A whole number from 0. */
export const count: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : mismatch(at, 'is not a whole number');

/** A number from 0, perhaps with a fraction. */
export const duration: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? value
    : mismatch(at, 'is not a duration');
