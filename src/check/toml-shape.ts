import type { TomlPath } from '../text/toml-positions.js';

/**
 * What a value must be: a scalar, an array of strings (`appendable` ones may hold `{append = true}` as well), a table
 * of strings, an array of tables, or a table with these keys. Keys that are not named may hold anything.
 */
export type TomlShape =
  | keyof typeof scalars
  | 'strings'
  | 'appendable'
  | 'table of strings'
  | readonly [TableShape]
  | TableShape;

export interface TableShape {
  readonly [key: string]: TomlShape;
}

/** A value that is something else than it must be. */
export interface WrongType {
  readonly path: TomlPath;
  readonly expected: string;
  readonly actual: string;
}

export type Table = Readonly<Record<string, unknown>>;

const scalars = {
  string: ['a string', (value: unknown) => typeof value === 'string'],
  boolean: ['true or false', (value: unknown) => typeof value === 'boolean'],
} as const;

/**
 * The key and the value that podman takes for `key`: the one of just that name, else one that differs in case.
 * Source: unifyStruct in github.com/BurntSushi/toml decode.go.
 */
export function fieldOf(
  table: Table,
  key: string,
): { readonly key: string; readonly value: unknown } | undefined {
  const name = Object.hasOwn(table, key)
    ? key
    : Object.keys(table).find((candidate) => candidate.toLowerCase() === key);
  return name === undefined ? undefined : { key: name, value: table[name] };
}

/** All values of the wrong type, in the order of the shape. */
export function wrongTypes(value: unknown, shape: TomlShape, path: TomlPath = []): readonly WrongType[] {
  const wrong = (expected: string) => [{ path, expected, actual: describe(value) }];
  if (shape === 'strings' || shape === 'appendable') {
    const isItem = (item: unknown) => typeof item === 'string' || (shape === 'appendable' && isAppend(item));
    if (!Array.isArray(value)) return wrong('an array of strings');
    const index = value.findIndex((item) => !isItem(item));
    return index < 0 ? [] : wrongTypes(value[index], 'string', [...path, index]);
  }
  if (shape === 'table of strings') {
    if (!isTable(value)) return wrong('a table');
    return Object.entries(value).flatMap(([key, item]) => wrongTypes(item, 'string', [...path, key]));
  }
  if (typeof shape === 'string') {
    const [expected, isRight] = scalars[shape];
    return isRight(value) ? [] : wrong(expected);
  }
  if (isArrayShape(shape)) {
    if (!Array.isArray(value)) return wrong('an array of tables, written [[…]]');
    return value.flatMap((item, index) => wrongTypes(item, shape[0], [...path, index]));
  }
  if (!isTable(value)) return wrong('a table');
  return Object.entries(shape).flatMap(([key, inner]) => {
    const field = fieldOf(value, key);
    return field === undefined ? [] : wrongTypes(field.value, inner, [...path, field.key]);
  });
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Source: go.podman.io/storage pkg/configfile/slice.go. */
export function isAppend(item: unknown): item is { readonly append: boolean } {
  return isTable(item) && typeof item.append === 'boolean' && Object.keys(item).length === 1;
}

function isArrayShape(shape: readonly [TableShape] | TableShape): shape is readonly [TableShape] {
  return Array.isArray(shape);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object') return 'a table';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'string' ? 'a string' : 'a number';
}
