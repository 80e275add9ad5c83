import { parse, TomlError } from 'smol-toml';
import type { Position } from './position.js';
import { type TomlPositions, tomlPositions } from './toml-positions.js';

export type Table = Readonly<Record<string, unknown>>;

export type ParsedToml =
  /** Integers that no number holds are `bigint`. */
  | { readonly ok: true; readonly table: Table; readonly positions: () => TomlPositions }
  /** `problem` is a clause, and quotes no value. */
  | { readonly ok: false; readonly problem: string; readonly place: Position };

/** Reads TOML 1.1; the text may begin with a byte order mark. The positions are looked for when they are asked for. */
export function parseToml(text: string): ParsedToml {
  try {
    const table = parse(text, { integersAsBigInt: 'asNeeded' });
    return { ok: true, table, positions: () => tomlPositions(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { message, line, column } = error;
    const [problem = ''] = message.replace(/^Invalid TOML document: /, '').split('\n', 1);
    return { ok: false, problem, place: { line, column } };
  }
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** What a value is, in words: `an array`. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'object') return 'a table';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'string' ? 'a string' : 'a number';
}
