import { diagnose } from '../../diagnostic/diagnose.js';
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
import { imageKey } from '../../model/image-key.js';
import { optionArguments } from '../../model/option-arguments.js';
import { append } from '../../text/append.js';
import { isTable, parseToml, typeName } from '../../text/toml.js';
import { decodeUtf8 } from '../../text/utf8.js';
import { decodeSpecifiers } from '../words/decode.js';
import { isArtifactName, readReference } from '../words/reference.js';
import { type imageKeys, tables, topLevelKeys } from './format.js';
import { readPayloads } from './payloads.js';
import {
  type Context,
  isString,
  nameOf,
  type Path,
  placeOf,
  readTable,
  refuseControls,
  type TableOf,
  wrongType,
} from './toml-table.js';

/** Many more than somebody has written; each may be wrong in several ways, all of which are found. */
const maxValues = 10_000;

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
      bindings.push(...binding('image', text, path, { ...noPullOptions, authfile }, context));
  }
  for (const kind of ['image', 'artifact'] as const) {
    for (const [index, table] of (top[kind] ?? []).entries()) {
      bindings.push(...readBoundTable(kind, table, [kind, index], authfile, context));
    }
  }
  reportDuplicates(bindings, context);
  const isEmpty = [top.images, top.image, top.artifact].every((each) => each === undefined);
  if (isEmpty && context.diagnostics.length === 0) {
    context.diagnostics.push(diagnose('toml-no-images', context.file, {}));
  }
  return { bindings, diagnostics: context.diagnostics };
}

function readBoundTable(
  kind: Binding['kind'],
  table: unknown,
  path: Path,
  fileAuthfile: Sited<string> | undefined,
  context: Context,
): readonly Binding[] {
  if (!isTable(table)) {
    wrongType(path, 'table', table, context);
    return [];
  }
  const { keys } = tables[kind];
  const image: TableOf<typeof imageKeys> = readTable(table, path, keys, context);
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
  const payloads = readPayloads(kind, image.payload ?? [], [...path, 'payload'], context);
  if (image.reference === undefined) {
    // A reference of the wrong type was reported already, and so was a key that is meant to be it.
    const known = Object.keys(keys);
    if (!Object.keys(table).some((key) => key === 'reference' || isMeant('reference', key, known))) {
      context.diagnostics.push(diagnose('toml-missing-reference', placeOf(path, context), { table: kind }));
    }
    return [];
  }
  return binding(kind, image.reference, [...path, 'reference'], options, context).map((bound) => ({
    ...bound,
    expectations,
    payloads,
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

function binding(
  kind: Binding['kind'],
  text: string,
  path: Path,
  options: PullOptions,
  context: Context,
): readonly Binding[] {
  const source = placeOf(path, context);
  const { reference, diagnostics } = readReference(text, (offset) => offsetInString(source, offset));
  append(context.diagnostics, diagnostics);
  if (reference === undefined) return [];
  if (kind === 'artifact' && !isArtifactName(reference)) {
    context.diagnostics.push(diagnose('artifact-reference', source, { text }));
    return [];
  }
  return [
    {
      kind,
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
  for (const { kind, reference, source } of bindings) {
    const name = imageKey({ kind, reference });
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, source);
    else {
      const args = { reference: reference.text, line: earlier.line ?? 0 };
      context.diagnostics.push(diagnose('toml-duplicate-reference', source, args));
    }
  }
}

function pathValue(value: string | undefined, path: Path, context: Context): Sited<string> | undefined {
  if (value === undefined) return undefined;
  const place = placeOf(path, context);
  refuseControls(value, place, context);
  const decoded = decodeSpecifiers(value, (offset) => offsetInString(place, offset));
  append(context.diagnostics, decoded.diagnostics);
  return { value: decoded.text, place };
}
