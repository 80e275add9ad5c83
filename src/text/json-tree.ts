/** A JSON value with the offset in the text where it begins. */
export type JsonNode = { readonly offset: number } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number' | 'boolean' | 'null' }
);

/** A name with its value, as often as it is written; `offset` is that of the name. */
export interface JsonMember {
  readonly name: string;
  readonly offset: number;
  readonly value: JsonNode;
}

export type JsonTree =
  | { readonly ok: true; readonly root: JsonNode }
  | { readonly ok: false; readonly problem: string; readonly offset: number };

/** What to do about text that is no JSON, whatever is wrong with it. */
export const jsonSyntaxHint =
  'write "name": value, with text in double quotes and commas between elements but not after the last; JSON has no comments';

/** Deeper than anything that is read so, and well within the stack. */
const maxDepth = 100;

const whitespace = /[ \t\r\n]*/y;
const scalar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/**
 * Reads JSON (RFC 8259) with the positions of its values and with names that occur twice, both of which JSON.parse
 * keeps to itself. What it says of a mistake quotes nothing of the text, which may be a secret.
 */
export function parseJsonTree(text: string): JsonTree {
  return parse(text, true);
}

/** The same for the first value of a text, with whatever behind it: as Go's `json.Decoder` takes it. */
export function parseFirstJsonTree(text: string): JsonTree {
  return parse(text, false);
}

function parse(text: string, isAll: boolean): JsonTree {
  // The first column is behind it.
  if (text.startsWith('\ufeff')) return { ok: false, problem: 'it begins with a byte order mark', offset: 1 };
  const cursor: Cursor = { text, at: 0 };
  try {
    const root = readValue(cursor, 0);
    skipWhitespace(cursor);
    if (isAll && cursor.at < text.length) fail(cursor, 'there is more text behind the end');
    return { ok: true, root };
  } catch (mistake) {
    if (!(mistake instanceof Mistake)) throw mistake;
    return { ok: false, problem: mistake.message, offset: mistake.offset };
  }
}

/** The value of the last member of that name, which is the one that counts; undefined for what is not an object. */
export function memberOf(node: JsonNode | undefined, name: string): JsonMember | undefined {
  return node?.kind === 'object' ? node.members.findLast((member) => member.name === name) : undefined;
}

interface Cursor {
  readonly text: string;
  at: number;
}

class Mistake extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function fail(cursor: Cursor, problem: string): never {
  const { text, at } = cursor;
  const isComment = ['//', '/*', '#'].some((mark) => text.startsWith(mark, at));
  const found = isComment ? 'comments are not allowed in JSON' : problem;
  throw new Mistake(at >= text.length ? 'it ends in the middle' : found, at);
}

function readValue(cursor: Cursor, depth: number): JsonNode {
  skipWhitespace(cursor);
  const offset = cursor.at;
  if (depth > maxDepth) fail(cursor, 'it is nested too deeply');
  switch (cursor.text[offset]) {
    case '{':
      return { kind: 'object', offset, members: readMembers(cursor, depth) };
    case '[':
      return { kind: 'array', offset, items: readItems(cursor, depth) };
    case '"':
      return { kind: 'string', offset, value: readString(cursor) };
    default:
      return { kind: readScalar(cursor), offset };
  }
}

function readMembers(cursor: Cursor, depth: number): readonly JsonMember[] {
  const members: JsonMember[] = [];
  readList(cursor, '}', () => {
    const offset = cursor.at;
    if (cursor.text[offset] !== '"') fail(cursor, 'a name in double quotes is missing here');
    const name = readString(cursor);
    skipWhitespace(cursor);
    if (cursor.text[cursor.at] !== ':') fail(cursor, 'a “:” is missing here');
    cursor.at += 1;
    members.push({ name, offset, value: readValue(cursor, depth + 1) });
  });
  return members;
}

function readItems(cursor: Cursor, depth: number): readonly JsonNode[] {
  const items: JsonNode[] = [];
  readList(cursor, ']', () => {
    items.push(readValue(cursor, depth + 1));
  });
  return items;
}

/** From an opening bracket to behind the closing one; `readElement` begins and ends at an element. */
function readList(cursor: Cursor, closing: string, readElement: () => void): void {
  cursor.at += 1;
  skipWhitespace(cursor);
  if (cursor.text[cursor.at] === closing) {
    cursor.at += 1;
    return;
  }
  for (;;) {
    readElement();
    skipWhitespace(cursor);
    const next = cursor.text[cursor.at];
    if (next !== ',' && next !== closing) fail(cursor, `a “,” or “${closing}” is missing here`);
    cursor.at += 1;
    if (next === closing) return;
    skipWhitespace(cursor);
    if (cursor.text[cursor.at] === closing) fail(cursor, 'nothing follows the “,” before');
  }
}

function readString(cursor: Cursor): string {
  const start = cursor.at;
  let end = start + 1;
  while (end < cursor.text.length && cursor.text[end] !== '"') end += cursor.text[end] === '\\' ? 2 : 1;
  const literal = cursor.text.slice(start, end + 1);
  try {
    const value = JSON.parse(literal) as string;
    cursor.at = end + 1;
    return value;
  } catch {
    return fail(cursor, 'this string is not closed, or holds a character that JSON does not allow');
  }
}

function readScalar(cursor: Cursor): 'number' | 'boolean' | 'null' {
  scalar.lastIndex = cursor.at;
  const word = scalar.exec(cursor.text)?.[0];
  if (word === undefined) return fail(cursor, 'this is not JSON: strings need double quotes');
  cursor.at += word.length;
  if (word === 'null') return 'null';
  return word === 'true' || word === 'false' ? 'boolean' : 'number';
}

function skipWhitespace(cursor: Cursor): void {
  whitespace.lastIndex = cursor.at;
  cursor.at += whitespace.exec(cursor.text)?.[0].length ?? 0;
}
