import { isTable, type Table, typeName } from './toml.js';
import type { TomlPath } from './toml-positions.js';

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

/** What a value of that shape is read as. */
export type TomlValue<S extends TomlShape> = S extends 'string'
  ? string
  : S extends 'boolean'
    ? boolean
    : S extends 'strings'
      ? readonly string[]
      : S extends 'appendable'
        ? readonly (string | Append)[]
        : S extends 'table of strings'
          ? Readonly<Record<string, string>>
          : S extends readonly [infer T extends TableShape]
            ? readonly TableReader<T>[]
            : S extends TableShape
              ? TableReader<S>
              : never;

/** The table of a document whose values have the right types, read as podman reads it: keys may differ in case. */
export interface TableReader<S extends TableShape> {
  readonly path: TomlPath;
  /** `undefined` for what is not there. */
  readonly get: <K extends keyof S & string>(key: K) => TomlValue<S[K]> | undefined;
  /** The path of what is there for `key`, by the name that is written; it is there for positions. */
  readonly pathOf: (key: keyof S & string) => TomlPath;
}

/** An element of an array that adds to those of earlier files. Source: go.podman.io/storage pkg/configfile/slice.go. */
interface Append {
  readonly append: boolean;
}

/** A value that is something else than it must be. */
export interface WrongType {
  readonly path: TomlPath;
  readonly expected: string;
  readonly actual: string;
}

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
  const wrong = (expected: string) => [{ path, expected, actual: typeName(value) }];
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

/** Reads a table of which `wrongTypes` has said nothing. */
export function tableReader<const S extends TableShape>(
  table: Table,
  shape: S,
  path: TomlPath = [],
): TableReader<S> {
  const pathOf = (key: string) => [...path, fieldOf(table, key)?.key ?? key];
  return {
    path,
    pathOf,
    get: <K extends keyof S & string>(key: K) => {
      const field = fieldOf(table, key);
      if (field === undefined) return undefined;
      return read(field.value, shape[key] as TomlShape, pathOf(key)) as TomlValue<S[K]>;
    },
  };
}

function read(value: unknown, shape: TomlShape, path: TomlPath): unknown {
  if (typeof shape === 'string') return value;
  if (!isArrayShape(shape)) return tableReader(value as Table, shape, path);
  return (value as readonly Table[]).map((item, index) => tableReader(item, shape[0], [...path, index]));
}

function isAppend(item: unknown): item is Append {
  return isTable(item) && typeof item.append === 'boolean' && Object.keys(item).length === 1;
}

function isArrayShape(shape: readonly [TableShape] | TableShape): shape is readonly [TableShape] {
  return Array.isArray(shape);
}
