import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { TomlPath } from '../../text/toml-positions.js';
import type { ConfigurationFile } from '../configuration-files.js';
import { readTomlDocument } from '../toml-document.js';
import { fieldOf, isTable, type Table, wrongTypes } from '../toml-shape.js';
import { registriesProblems } from './problems.js';
import type { Mirror, Registry } from './registry.js';
import { registriesShape, unknownKeys } from './shape.js';
import { type TableReader, tableReader, withoutSlash } from './table-reader.js';

/** One file in the format of registries.conf; undefined where it says nothing. */
export interface RegistriesFile {
  readonly registries: readonly Registry[];
  readonly searchRegistries: readonly string[] | undefined;
  readonly credentialHelpers: readonly string[] | undefined;
  readonly shortNameMode: string | undefined;
  readonly aliases: readonly (readonly [string, string])[];
  readonly diagnostics: readonly Diagnostic[];
}

const nothing: Omit<RegistriesFile, 'diagnostics'> = {
  registries: [],
  searchRegistries: undefined,
  credentialHelpers: undefined,
  shortNameMode: undefined,
  aliases: [],
};

/** Reads one file; `isDropIn` says that it lies in registries.conf.d. Source: containers-registries.conf(5). */
export function parseRegistriesFile(file: ConfigurationFile, isDropIn: boolean): RegistriesFile {
  const document = readTomlDocument(file);
  const invalid = (
    place: Place,
    problem: string,
    hint: string | null = null,
    excerpt: string | null = null,
  ) => diagnose('registries-conf-invalid', place, { problem, hint }, excerpt);
  if (!document.ok) {
    const { place, problem, hint, excerpt } = document;
    return { ...nothing, diagnostics: [invalid(place, problem, hint, excerpt)] };
  }
  const table = document.table as Table;
  const wrong = wrongTypes(table, registriesShape);
  if (wrong.length > 0) {
    const diagnostics = wrong.map(({ path, expected, actual }) =>
      invalid(document.valueAt(path), `“${keyOf(path)}” must be ${expected}, not ${actual}`),
    );
    return { ...nothing, diagnostics };
  }

  const top = tableReader(table, [], document.valueAt);
  const tables = top.tables('registry');
  const strings = (key: string) => fieldOf(table, key)?.value as readonly string[] | undefined;
  const aliases = fieldOf(table, 'aliases');
  const parsed = {
    registries: tables.map(registryOf),
    searchRegistries: (strings('unqualified-search-registries') ?? version1List(table, 'search'))?.map(
      withoutSlash,
    ),
    credentialHelpers: strings('credential-helpers'),
    shortNameMode: fieldOf(table, 'short-name-mode')?.value as string | undefined,
    aliases: Object.entries((aliases?.value as Record<string, string> | undefined) ?? {}),
  };
  const aliasPlace = (name: string) => document.keyAt([aliases?.key ?? 'aliases', name]);
  const searchPlace = (index: number) =>
    document.valueAt([fieldOf(table, 'unqualified-search-registries')?.key ?? '', index]);
  const diagnostics = [
    ...version1Problems(table, document.keyAt, isDropIn),
    ...registriesProblems(parsed, tables, top, { aliasPlace, searchPlace }).map(({ place, problem, hint }) =>
      invalid(place, problem, hint),
    ),
    ...unknownKeys(table, document.keyAt),
  ];
  return { ...parsed, diagnostics };
}

function registryOf(table: TableReader): Registry {
  const location = withoutSlash(table.string('location'));
  const byDigest = table.isTrue('mirror-by-digest-only');
  return {
    prefix: withoutSlash(table.string('prefix')) || location,
    location,
    insecure: table.isTrue('insecure'),
    blocked: table.isTrue('blocked'),
    mirrors: table.tables('mirror').map((mirror) => mirrorOf(mirror, byDigest)),
  };
}

function mirrorOf(table: TableReader, byDigest: Place | undefined): Mirror {
  const pulls = table.string('pull-from-mirror');
  const serves = byDigest !== undefined || pulls === 'digest-only' ? 'digest-only' : pulls;
  return {
    location: withoutSlash(table.string('location')),
    insecure: table.isTrue('insecure'),
    serves: serves === 'digest-only' || serves === 'tag-only' ? serves : 'all',
    place: byDigest ?? table.placeOf('pull-from-mirror'),
  };
}

/** The registries that the version 1 format lists for `kind`; undefined where it lists none. */
function version1List(table: Table, kind: string): readonly string[] | undefined {
  const all = fieldOf(table, 'registries')?.value;
  const part = isTable(all) ? fieldOf(all, kind)?.value : undefined;
  return isTable(part) ? (fieldOf(part, 'registries')?.value as readonly string[] | undefined) : undefined;
}

/** podman before 6 takes the old format, but in no drop-in and not beside the new one. */
function version1Problems(
  table: Table,
  keyAt: (path: TomlPath) => Place,
  isDropIn: boolean,
): readonly Diagnostic[] {
  const isVersion1 = ['search', 'insecure', 'block'].some((kind) => version1List(table, kind) !== undefined);
  if (!isVersion1) return [];
  const place = keyAt([fieldOf(table, 'registries')?.key ?? '']);
  const isMixed = Object.keys(registriesShape).some((key) => key !== 'registries' && fieldOf(table, key));
  if (!isDropIn && !isMixed) return [diagnose('registries-conf-version-1', place, {})];
  const where = isDropIn ? 'in a drop-in' : 'beside the new one';
  const problem = `it is in the old version 1 format, which podman does not take ${where}`;
  return [diagnose('registries-conf-invalid', place, { problem, hint: 'write [[registry]] tables' })];
}

function keyOf(path: TomlPath): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}
