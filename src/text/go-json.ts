import type { JsonNode } from './json-tree.js';

/**
 * What Go's encoding/json makes of a JSON text: which members a field of a struct has, and what a later value does to an
 * earlier one. `undefined` stands for an UnmarshalTypeError, with which the whole text is refused.
 * Source: `object`, `literalStore` and `foldName` in encoding/json decode.go, fold.go.
 */

/** Of each field, the values that are stored in it, one over the other, in the order of the text. */
export function goFields<K extends string>(
  node: JsonNode,
  names: readonly K[],
): Readonly<Record<K, readonly JsonNode[]>> | undefined {
  const fields = Object.fromEntries(names.map((name) => [name, [] as JsonNode[]])) as Record<K, JsonNode[]>;
  if (node.kind === 'null') return fields;
  if (node.kind !== 'object') return undefined;
  const byFolded = new Map(names.map((name) => [goFold(name), name]));
  for (const { name, value } of node.members) {
    const field = byFolded.get(goFold(name));
    if (field !== undefined) fields[field].push(value);
  }
  return fields;
}

/** A string: null leaves what is there. */
export function goString(values: readonly JsonNode[]): string | undefined {
  let text = '';
  for (const value of values) {
    if (value.kind === 'string') text = goText(value.value);
    else if (value.kind !== 'null') return undefined;
  }
  return text;
}

/** A map: an object adds to what is there, null takes it away, and of a key that occurs twice the last value is all. */
export function goMap<T>(
  values: readonly JsonNode[],
  read: (value: JsonNode) => T | undefined,
): ReadonlyMap<string, T> | undefined {
  const map = new Map<string, T>();
  for (const value of values) {
    if (value.kind === 'null') map.clear();
    else if (value.kind !== 'object') return undefined;
    else {
      for (const member of value.members) {
        const item = read(member.value);
        // A value is refused even where a later one takes its place.
        if (item === undefined) return undefined;
        map.set(goText(member.name), item);
      }
    }
  }
  return map;
}

/** The name of a field in any case; for Go, the long s and the sign of Kelvin are letters in another case, too. */
export function goFold(name: string): string {
  return name
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Half of a surrogate pair is no character. */
function goText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
