import { parse, TomlError } from 'smol-toml';
import { excerpt } from '../diagnostic/excerpt.js';
import { inFile, type Place } from '../diagnostic/place.js';
import { tomlSyntaxHint } from '../diagnostic/toml-syntax-hint.js';
import { type TomlPath, tomlPositions } from '../text/toml-positions.js';
import type { ConfigurationFile } from './configuration-files.js';

/** A TOML file with the places of its values, or why nobody can read it. */
export type TomlDocument =
  | {
      readonly ok: true;
      readonly table: object;
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
  const text = decode(file.bytes);
  if (text === undefined) {
    const hint = 'save it as UTF-8; TOML allows nothing else';
    return { ok: false, problem: 'it is not UTF-8', hint, place: at, excerpt: null };
  }
  try {
    const table = parse(text, { integersAsBigInt: 'asNeeded' });
    const positions = tomlPositions(text);
    return {
      ok: true,
      table,
      valueAt: (path) => ({ ...at, ...(positions.value(path) ?? positions.key(path)) }),
      keyAt: (path) => ({ ...at, ...positions.key(path) }),
    };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { message, line, column } = error;
    const problem = message.replace(/^Invalid TOML document: /, '').split('\n', 1)[0] ?? '';
    const place = { ...at, line, column };
    return {
      ok: false,
      problem: `not valid TOML: ${problem}`,
      hint: tomlSyntaxHint(problem),
      place,
      excerpt: excerpt(text, line, column),
    };
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
