import { diagnose } from '../../diagnostic/diagnose.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { Place } from '../../diagnostic/place.js';
import type { ConfigurationFile } from '../../root/configuration-files.js';
import { readTomlDocument } from '../../root/toml-document.js';
import type { TomlPath } from '../../text/toml-positions.js';
import { type TableReader, tableReader, wrongTypes } from '../../text/toml-shape.js';
import { type Places, registriesProblems } from './problems.js';
import type { RegistriesFile } from './registries-file.js';
import { type Mirror, type Registry, withoutSlash } from './registry.js';
import {
  type MirrorTable,
  type RegistriesTable,
  type RegistryTable,
  registriesKeys,
  registriesShape,
  unknownKeys,
  type Version1Kind,
  version1Kinds,
} from './shape.js';

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
  const wrong = wrongTypes(document.table, registriesShape);
  if (wrong.length > 0) {
    const diagnostics = wrong.map(({ path, expected, actual }) =>
      invalid(document.valueAt(path), `“${keyOf(path)}” must be ${expected}, not ${actual}`),
    );
    return { ...nothing, diagnostics };
  }

  const top = tableReader(document.table, registriesShape);
  const parsed = {
    registries: (top.get('registry') ?? []).map((registry) => registryOf(registry, document)),
    searchRegistries: (top.get('unqualified-search-registries') ?? version1List(top, 'search'))?.map(
      withoutSlash,
    ),
    credentialHelpers: top.get('credential-helpers'),
    shortNameMode: top.get('short-name-mode'),
    aliases: Object.entries(top.get('aliases') ?? {}),
  };
  const diagnostics = [
    ...version1Problems(top, document, isDropIn),
    ...registriesProblems(parsed, top, document).map(({ place, problem, hint }) =>
      invalid(place, problem, hint),
    ),
    ...unknownKeys(document.table, document.keyAt),
  ];
  return { ...parsed, diagnostics };
}

function registryOf(table: RegistryTable, document: Places): Registry {
  const location = withoutSlash(table.get('location') ?? '');
  const byDigest = placeIfTrue(table, 'mirror-by-digest-only', document);
  return {
    prefix: withoutSlash(table.get('prefix') ?? '') || location,
    location,
    insecure: placeIfTrue(table, 'insecure', document),
    blocked: placeIfTrue(table, 'blocked', document),
    mirrors: (table.get('mirror') ?? []).map((mirror) => mirrorOf(mirror, byDigest, document)),
  };
}

function mirrorOf(table: MirrorTable, byDigest: Place | undefined, document: Places): Mirror {
  const pulls = table.get('pull-from-mirror');
  const serves = byDigest !== undefined || pulls === 'digest-only' ? 'digest-only' : pulls;
  return {
    location: withoutSlash(table.get('location') ?? ''),
    insecure: placeIfTrue(table, 'insecure', document),
    serves: serves === 'digest-only' || serves === 'tag-only' ? serves : 'all',
    place: byDigest ?? document.valueAt(table.pathOf('pull-from-mirror')),
  };
}

function placeIfTrue<K extends string>(
  table: TableReader<{ readonly [key in K]: 'boolean' }>,
  key: K,
  { valueAt }: Places,
): Place | undefined {
  return table.get(key) === true ? valueAt(table.pathOf(key)) : undefined;
}

/** The registries that the version 1 format lists for `kind`; undefined where it lists none. */
function version1List(top: RegistriesTable, kind: Version1Kind): readonly string[] | undefined {
  return top.get('registries')?.get(kind)?.get('registries');
}

/** podman before 6 takes the old format, but in no drop-in and not beside the new one. */
function version1Problems(top: RegistriesTable, { keyAt }: Places, isDropIn: boolean): readonly Diagnostic[] {
  if (!version1Kinds.some((kind) => version1List(top, kind) !== undefined)) return [];
  const place = keyAt(top.pathOf('registries'));
  const isMixed = registriesKeys.some((key) => key !== 'registries' && top.get(key) !== undefined);
  if (!isDropIn && !isMixed) return [diagnose('registries-conf-version-1', place, {})];
  const where = isDropIn ? 'in a drop-in' : 'beside the new one';
  const problem = `it is in the old version 1 format, which podman does not take ${where}`;
  return [diagnose('registries-conf-invalid', place, { problem, hint: 'write [[registry]] tables' })];
}

function keyOf(path: TomlPath): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}
