import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import { isTable, typeName as nameOfType } from '../../text/toml.js';
import type { TomlPositions } from '../../text/toml-positions.js';
import { isPlainText } from '../words/decode.js';
import { imageKeys, payloadKeys, typeName, type ValueType } from './format.js';

export type Path = readonly (string | number)[];

/** A drop-in that is being read, and what is wrong with it so far. */
export interface Context {
  readonly file: Place;
  readonly positions: TomlPositions;
  readonly diagnostics: Diagnostic[];
}

type TypeOf<T extends ValueType> = T extends 'string'
  ? string
  : T extends 'boolean'
    ? boolean
    : T extends 'string-table'
      ? object
      : readonly unknown[];
export type TableOf<K extends Record<string, ValueType>> = { readonly [key in keyof K]?: TypeOf<K[key]> };

/** The values of a table that have the type they should have; everything else is reported. */
export function readTable<K extends Record<string, ValueType>>(
  table: object,
  path: Path,
  keys: K,
  context: Context,
): TableOf<K> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(table)) {
    const at = [...path, key];
    const type = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (type === undefined) {
      const place = { ...context.file, ...context.positions.key(at) };
      const args = { key, known: Object.keys(keys), tableBelow: tableBelow(key, path) };
      context.diagnostics.push(diagnose('toml-unknown-key', place, args));
    } else if (type === 'string') {
      if (isString(value, at, context)) values[key] = value;
    } else if (hasType(type, value)) {
      values[key] = value;
    } else wrongType(at, type, value, context);
  }
  return values as TableOf<K>;
}

/** The table, below the one at hand, whose key this is. */
function tableBelow(key: string, path: Path): string | null {
  if (path.length === 0) return Object.hasOwn(imageKeys, key) ? 'image' : null;
  const table = tableName(path);
  return !table.endsWith('payload') && Object.hasOwn(payloadKeys, key) ? `${table}.payload` : null;
}

function hasType(type: Exclude<ValueType, 'string'>, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  return type === 'string-table' ? isTable(value) : Array.isArray(value);
}

export function isString(value: unknown, path: Path, context: Context): value is string {
  if (typeof value !== 'string') {
    wrongType(path, 'string', value, context);
    return false;
  }
  if (value === '')
    context.diagnostics.push(diagnose('toml-empty-string', placeOf(path, context), { key: nameOf(path) }));
  return value !== '';
}

/** Reports what no program can be given, and nobody can have meant. */
export function refuseControls(value: string, place: Place, { diagnostics }: Context): void {
  if (!isPlainText(value)) diagnostics.push(diagnose('value-encoding', place, {}));
}

export function wrongType(path: Path, type: ValueType, value: unknown, context: Context): void {
  const expected = typeName(type, tableName(path));
  const args = { key: nameOf(path), expected, actual: nameOfType(value) };
  context.diagnostics.push(diagnose('toml-wrong-type', placeOf(path, context), args));
}

/** `image.payload`, as a header has it. */
export function tableName(path: Path): string {
  return path.filter((step) => typeof step === 'string').join('.');
}

/** `images[2]`, `image[0].authfile`: counted from 0, as the JSON output counts. */
export function nameOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

export function placeOf(path: Path, context: Context): Place {
  return { ...context.file, ...(context.positions.value(path) ?? context.positions.key(path)) };
}
