import { append } from './append.js';
import { parseJsonTree } from './json-tree.js';
import { findLineStarts, type Position, positionAt } from './position.js';
import { type Fitted, isObject, readAs, type Shape } from './shape.js';

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  /** `problem` is a clause, and quotes nothing of the text, which may be a secret. */
  | { readonly ok: false; readonly problem: string; readonly place: Position };

/** Reads JSON (RFC 8259); of a name that occurs twice, the last one counts. `parseJsonTree` has the positions of values. */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // JSON.parse quotes the text around the mistake.
    const tree = parseJsonTree(text);
    const { problem, offset } = tree.ok ? { problem: 'it is not JSON', offset: 0 } : tree;
    return { ok: false, problem, place: positionAt(findLineStarts(text), offset) };
  }
}

/** What a text says that is JSON of that shape; else a clause that says why it is not, and where. */
export function readJson<T>(shape: Shape<T>, text: string): Fitted<T> {
  const parsed = parseJson(text);
  if (parsed.ok) return readAs(shape, parsed.value);
  const { line, column } = parsed.place;
  return {
    kind: 'mismatch',
    problem: `it is not JSON (line ${line}, column ${column}: ${parsed.problem})`,
  };
}

/** Every member of every object in a value, however deep. */
export function* membersIn(value: unknown): Generator<readonly [name: string, value: unknown]> {
  const rest = [value];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (isObject(next)) yield* Object.entries(next);
    if (typeof next === 'object' && next !== null) append(rest, Object.values(next));
  }
}
