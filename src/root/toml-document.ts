import { excerpt } from '../diagnostic/excerpt.js';
import { inFile, type Place } from '../diagnostic/place.js';
import { tomlSyntaxHint } from '../diagnostic/toml-syntax-hint.js';
import { parseToml, type Table } from '../text/toml.js';
import type { TomlPath } from '../text/toml-positions.js';
import { decodeUtf8 } from '../text/utf8.js';
import type { ConfigurationFile } from './configuration-files.js';

/** A TOML file with the places of its values, or why nobody can read it. */
export type TomlDocument =
  | {
      readonly ok: true;
      readonly table: Table;
      /** Where a value begins; of an element of an array, itself. */
      readonly valueAt: (path: TomlPath) => Place;
      readonly keyAt: (path: TomlPath) => Place;
    }
  | {
      readonly ok: false;
      readonly problem: string;
      readonly hint: string | null;
      readonly place: Place;
      readonly excerpt: string | null;
    };

export function readTomlDocument(file: ConfigurationFile): TomlDocument {
  const at = inFile(file.path);
  if (!file.ok) return { ok: false, problem: file.problem, hint: null, place: at, excerpt: null };
  const text = decodeUtf8(file.bytes);
  if (text === undefined) {
    const hint = 'save it as UTF-8; TOML allows nothing else';
    return { ok: false, problem: 'it is not UTF-8', hint, place: at, excerpt: null };
  }
  const parsed = parseToml(text);
  if (!parsed.ok) {
    const { problem, place } = parsed;
    return {
      ok: false,
      problem: `not valid TOML: ${problem}`,
      hint: tomlSyntaxHint(problem),
      place: { ...at, ...place },
      excerpt: excerpt(text, place.line, place.column),
    };
  }
  const positions = parsed.positions();
  return {
    ok: true,
    table: parsed.table,
    valueAt: (path) => ({ ...at, ...(positions.value(path) ?? positions.key(path)) }),
    keyAt: (path) => ({ ...at, ...positions.key(path) }),
  };
}
