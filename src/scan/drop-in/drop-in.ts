import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import { isMeant } from '../../diagnostic/did-you-mean.js';
import { excerpt } from '../../diagnostic/excerpt.js';
import type { Place } from '../../diagnostic/place.js';
import {
  type Binding,
  type Bindings,
  type Expectation,
  noPullOptions,
  type PullOptions,
  type Sited,
} from '../../model/bound-image.js';
import { optionArguments } from '../../model/option-arguments.js';
import { canonicalName } from '../../model/reference/reference.js';
import { append } from '../../text/append.js';
import { isTable, parseToml, typeName } from '../../text/toml.js';
import type { TomlPositions } from '../../text/toml-positions.js';
import { decodeUtf8 } from '../../text/utf8.js';
import { decodeSpecifiers, isPlainText } from '../words/decode.js';
import { readReference } from '../words/reference.js';
import { imageKeys, topLevelKeys, typeNames, type ValueType } from './format.js';

/** Many more than somebody has written; each may be wrong in several ways, all of which are found. */
const maxValues = 10_000;

type Path = readonly (string | number)[];

interface Context {
  readonly file: Place;
  readonly positions: TomlPositions;
  readonly diagnostics: Diagnostic[];
}

/** Reads a TOML drop-in: the images that it binds, and everything that is wrong with it. */
export function readDropIn(bytes: Buffer, file: Place): Bindings {
  const text = decodeUtf8(bytes);
  if (text === undefined) return { bindings: [], diagnostics: [diagnose('toml-encoding', file, {})] };
  const parsed = parseToml(text);
  if (!parsed.ok) {
    const { problem, place } = parsed;
    const shown = excerpt(text, place.line, place.column);
    return {
      bindings: [],
      diagnostics: [diagnose('toml-syntax', { ...file, ...place }, { problem }, shown)],
    };
  }
  if (countValues(parsed.table) > maxValues)
    return { bindings: [], diagnostics: [diagnose('file-too-large', file, { limitValues: maxValues })] };
  return readDocument(parsed.table, { file, positions: parsed.positions(), diagnostics: [] });
}

/** With its tables and arrays; the parser takes no more than a thousand levels of them. */
function countValues(value: unknown): number {
  if (!Array.isArray(value) && !isTable(value)) return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + countValues(each), 1);
}

function readDocument(document: object, context: Context): Bindings {
  const top = readTable(document, [], topLevelKeys, context);
  const authfile = pathValue(top.authfile, ['authfile'], context);
  const bindings: Binding[] = [];
  for (const [index, text] of (top.images ?? []).entries()) {
    const path = ['images', index];
    if (isString(text, path, context))
      bindings.push(...binding(text, path, { ...noPullOptions, authfile }, context));
  }
  for (const [index, table] of (top.image ?? []).entries()) {
    bindings.push(...readImageTable(table, ['image', index], authfile, context));
  }
  reportDuplicates(bindings, context);
  if (top.images === undefined && top.image === undefined && context.diagnostics.length === 0) {
    context.diagnostics.push(diagnose('toml-no-images', context.file, {}));
  }
  return { bindings, diagnostics: context.diagnostics };
}

function readImageTable(
  table: unknown,
  path: Path,
  fileAuthfile: Sited<string> | undefined,
  context: Context,
): readonly Binding[] {
  if (!isTable(table)) {
    wrongType(path, 'table', table, context);
    return [];
  }
  const image = readTable(table, path, imageKeys, context);
  const sited = (key: 'arch' | 'os' | 'variant' | 'cert-dir' | 'authfile') =>
    pathValue(image[key], [...path, key], context);
  const options: PullOptions = {
    ...noPullOptions,
    authfile: sited('authfile') ?? fileAuthfile,
    certDir: sited('cert-dir'),
    tlsVerify:
      image['tls-verify'] === undefined
        ? undefined
        : { value: image['tls-verify'], place: placeOf([...path, 'tls-verify'], context) },
    arch: sited('arch'),
    os: sited('os'),
    variant: sited('variant'),
  };
  const expectations = readExpectations(image.expect ?? {}, [...path, 'expect'], context);
  if (image.reference === undefined) {
    // A reference of the wrong type was reported already, and so was a key that is meant to be it.
    const known = Object.keys(imageKeys);
    if (!Object.keys(table).some((key) => key === 'reference' || isMeant('reference', key, known))) {
      context.diagnostics.push(diagnose('toml-missing-reference', placeOf(path, context), {}));
    }
    return [];
  }
  return binding(image.reference, [...path, 'reference'], options, context).map((bound) => ({
    ...bound,
    expectations,
  }));
}

function readExpectations(table: object, path: Path, context: Context): readonly Expectation[] {
  return Object.entries(table).flatMap(([key, wanted]: [string, unknown]) => {
    const at = [...path, key];
    if (isTable(wanted)) {
      // TOML takes the dots of a key without quotes for a path.
      const expected = 'a string, with quotes around a key that has dots';
      const args = { key: nameOf(at), expected, actual: typeName(wanted) };
      context.diagnostics.push(diagnose('toml-wrong-type', placeOf(at, context), args));
    } else if (isString(wanted, at, context)) return { key, wanted, place: placeOf(at, context) };
    return [];
  });
}

function binding(text: string, path: Path, options: PullOptions, context: Context): readonly Binding[] {
  const source = placeOf(path, context);
  const { reference, diagnostics } = readReference(text, (offset) => offsetInString(source, offset));
  append(context.diagnostics, diagnostics);
  if (reference === undefined) return [];
  return [
    {
      kind: 'image',
      reference,
      source,
      options,
      arguments: optionArguments(options),
      globalArguments: [],
      globalOptions: [],
    },
  ];
}

/** Positions inside a string count from its opening quote; escapes before them shift the column a little. */
function offsetInString(place: Place, offset: number): Place {
  return place.column === null ? place : { ...place, column: place.column + 1 + offset };
}

function reportDuplicates(bindings: readonly Binding[], context: Context): void {
  const first = new Map<string, Place>();
  for (const { reference, source } of bindings) {
    const name = canonicalName(reference);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, source);
    else {
      const args = { reference: reference.text, line: earlier.line ?? 0 };
      context.diagnostics.push(diagnose('toml-duplicate-reference', source, args));
    }
  }
}

type TypeOf<T extends ValueType> = T extends 'string'
  ? string
  : T extends 'boolean'
    ? boolean
    : T extends 'string-table'
      ? object
      : readonly unknown[];
type TableOf<K extends Record<string, ValueType>> = { readonly [key in keyof K]?: TypeOf<K[key]> };

/** The values of a table that have the type they should have; everything else is reported. */
function readTable<K extends Record<string, ValueType>>(
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
      const isOfImage = path.length === 0 && Object.hasOwn(imageKeys, key);
      const args = { key, known: Object.keys(keys), isOfImage };
      context.diagnostics.push(diagnose('toml-unknown-key', place, args));
    } else if (type === 'string') {
      if (isString(value, at, context)) values[key] = value;
    } else if (hasType(type, value)) {
      values[key] = value;
    } else wrongType(at, type, value, context);
  }
  return values as TableOf<K>;
}

function hasType(type: Exclude<ValueType, 'string'>, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  return type === 'string-table' ? isTable(value) : Array.isArray(value);
}

function isString(value: unknown, path: Path, context: Context): value is string {
  if (typeof value !== 'string') {
    wrongType(path, 'string', value, context);
    return false;
  }
  if (value === '')
    context.diagnostics.push(diagnose('toml-empty-string', placeOf(path, context), { key: nameOf(path) }));
  return value !== '';
}

function pathValue(value: string | undefined, path: Path, context: Context): Sited<string> | undefined {
  if (value === undefined) return undefined;
  const place = placeOf(path, context);
  if (!isPlainText(value)) context.diagnostics.push(diagnose('value-encoding', place, {}));
  const decoded = decodeSpecifiers(value, (offset) => offsetInString(place, offset));
  append(context.diagnostics, decoded.diagnostics);
  return { value: decoded.text, place };
}

function wrongType(path: Path, type: ValueType, value: unknown, context: Context): void {
  const args = { key: nameOf(path), expected: typeNames[type], actual: typeName(value) };
  context.diagnostics.push(diagnose('toml-wrong-type', placeOf(path, context), args));
}

/** `images[2]`, `image[0].authfile`: counted from 0, as the JSON output counts. */
function nameOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
}

function placeOf(path: Path, context: Context): Place {
  return { ...context.file, ...(context.positions.value(path) ?? context.positions.key(path)) };
}
