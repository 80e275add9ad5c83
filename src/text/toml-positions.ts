import { parse } from 'smol-toml';
import { findLineStarts, type Position, positionAt } from './position.js';

export type TomlPath = readonly (string | number)[];

export interface TomlPositions {
  /**
   * Where the value begins: a string at its opening quote, a table at the bracket that opens it or its header.
   * A table with neither (`a` in `a.b = 1`) begins where its name first stands.
   */
  readonly value: (path: TomlPath) => Position | undefined;
  /** Where the last segment of the key stands; `undefined` for an element of an inline array. */
  readonly key: (path: TomlPath) => Position | undefined;
}

/** Offsets into the text of one value and of what it contains. */
interface Node {
  key: number | undefined;
  value: number;
  children: Map<string | number, Node> | undefined;
  isTableArray: boolean;
}

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * The positions of the keys and values of `text`, which smol-toml has accepted: it gives values without them.
 * Source: the TOML 1.1 specification; nothing that smol-toml has checked is checked again.
 */
export function tomlPositions(text: string): TomlPositions {
  const root = scanDocument({ text, at: text.startsWith('\ufeff') ? 1 : 0 });
  const lineStarts = findLineStarts(text);
  const position = (offset: number | undefined) =>
    offset === undefined ? undefined : positionAt(lineStarts, offset);
  return {
    value: (path) => position(find(root, path)?.value),
    key: (path) => position(find(root, path)?.key),
  };
}

function find(root: Node, path: TomlPath): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) node = node?.children?.get(step);
  return node;
}

function scanDocument(cursor: Cursor): Node {
  const root = newNode(undefined, cursor.at);
  let table = root;
  for (skipVoid(cursor); cursor.at < cursor.text.length; skipVoid(cursor)) {
    if (cursor.text[cursor.at] === '[') table = scanHeader(cursor, root);
    else scanValue(cursor, scanKey(cursor, table));
  }
  return root;
}

/** Reads `[key]` or `[[key]]` and returns the table that the lines below it belong to. */
function scanHeader(cursor: Cursor, root: Node): Node {
  const start = cursor.at;
  const isTableArray = cursor.text.startsWith('[[', start);
  cursor.at += isTableArray ? 2 : 1;
  const node = scanKey(cursor, root);
  if (!isTableArray) {
    node.value = start;
    return node;
  }
  cursor.at += 1;
  node.isTableArray = true;
  const element = child(node, node.children?.size ?? 0, node.key, start);
  const first = node.children?.get(0) ?? element;
  node.key = first.key;
  node.value = first.value;
  return element;
}

/**
 * Reads a dotted key and the `=` or `]` after it. In a header a table array stands for its last element,
 * except at the end; what the last segment names begins at that segment until a value says otherwise.
 */
function scanKey(cursor: Cursor, table: Node): Node {
  let parent = table;
  for (;;) {
    skipBlanks(cursor);
    const start = cursor.at;
    const name = scanKeySegment(cursor);
    const node = child(parent, name, start, start);
    skipBlanks(cursor);
    const delimiter = cursor.text[cursor.at];
    cursor.at += 1;
    if (delimiter !== '.') {
      node.key = start;
      return node;
    }
    parent = node.isTableArray ? (node.children?.get(node.children.size - 1) ?? node) : node;
  }
}

function scanKeySegment(cursor: Cursor): string {
  const { text, at } = cursor;
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    cursor.at = stringEnd(text, at);
    const literal = text.slice(at, cursor.at);
    return quote === '"' && literal.includes('\\') ? decodeEscapes(literal) : literal.slice(1, -1);
  }
  while (cursor.at < text.length && !' \t.=]\r\n'.includes(text[cursor.at] ?? '')) cursor.at += 1;
  return text.slice(at, cursor.at);
}

function decodeEscapes(literal: string): string {
  const { key } = parse(`key = ${literal}`);
  return String(key);
}

/** Scans the value of `node` with all that it contains; without recursion, so that no depth is too deep. */
function scanValue(cursor: Cursor, node: Node): void {
  const open: Node[] = [];
  let target: Node | undefined = node;
  while (target !== undefined) {
    skipBlanks(cursor);
    target.value = cursor.at;
    const first = cursor.text[cursor.at];
    if (first === '[' || first === '{') {
      open.push(target);
      cursor.at += 1;
    } else if (first === '"' || first === "'") {
      cursor.at = stringEnd(cursor.text, cursor.at);
    } else {
      skipBareValue(cursor);
    }
    target = nextTarget(cursor, open);
  }
}

/** What the next value inside the open arrays and inline tables belongs to, once those that end are closed. */
function nextTarget(cursor: Cursor, open: Node[]): Node | undefined {
  for (let container = open.at(-1); container !== undefined; container = open.at(-1)) {
    skipVoid(cursor);
    const next = cursor.text[cursor.at];
    if (next === undefined) return undefined;
    if (next === ',' || next === ']' || next === '}') {
      cursor.at += 1;
      if (next !== ',') open.pop();
    } else if (cursor.text[container.value] === '{') {
      return scanKey(cursor, container);
    } else {
      return child(container, container.children?.size ?? 0, undefined, cursor.at);
    }
  }
  return undefined;
}

/** The child of that name, made with these offsets where the text names it for the first time. */
function child(parent: Node, name: string | number, key: number | undefined, value: number): Node {
  parent.children ??= new Map();
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const node = newNode(key, value);
  parent.children.set(name, node);
  return node;
}

function newNode(key: number | undefined, value: number): Node {
  return { key, value, children: undefined, isTableArray: false };
}

/** The offset after the string that begins at `start`. */
export function stringEnd(text: string, start: number): number {
  const quote = text[start] ?? '';
  const isMultiLine = text.startsWith(quote.repeat(3), start);
  const closing = isMultiLine ? quote.repeat(3) : quote;
  let at = start + closing.length;
  while (at < text.length && !text.startsWith(closing, at)) at += quote === '"' && text[at] === '\\' ? 2 : 1;
  at += closing.length;
  // One or two quotes that belong to a multi-line string may stand right before the three that end it.
  for (let extra = 0; isMultiLine && extra < 2 && text[at] === quote; extra += 1) at += 1;
  return Math.min(at, text.length);
}

/** Numbers, booleans and dates hold none of these; a date may hold a blank. */
function skipBareValue(cursor: Cursor): void {
  while (cursor.at < cursor.text.length && !',]}#\r\n'.includes(cursor.text[cursor.at] ?? '')) cursor.at += 1;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at += 1;
}

function skipVoid(cursor: Cursor): void {
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const character = cursor.text[cursor.at] ?? '';
    if (character === '#') {
      const lineEnd = cursor.text.indexOf('\n', cursor.at);
      cursor.at = lineEnd === -1 ? cursor.text.length : lineEnd;
    } else if (!' \t\r\n'.includes(character)) return;
  }
}
