/**
 * The assignments of a file such as os-release, of which the last of a name counts. What is no assignment is skipped.
 * Source: `parse_env_file_internal` in systemd's src/basic/env-file.c, os-release(5).
 */
export function readEnvFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const end = lineEnd(text, at);
    const [, key] = /^[ \t]*([^#;=\s][^=\s]*)[ \t]*$/.exec(beforeEquals(text, at, end) ?? '') ?? [];
    if (key === undefined) {
      at = end + 1;
      continue;
    }
    const read = readValue(text, text.indexOf('=', at) + 1);
    values.set(key, read.value);
    at = read.end + 1;
  }
  return values;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function beforeEquals(text: string, at: number, end: number): string | undefined {
  const line = text.slice(at, end);
  const equals = line.indexOf('=');
  return equals === -1 ? undefined : line.slice(0, equals);
}

/** The value that begins there, and where its last line ends. */
function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  const parts: string[] = [];
  let at = start;
  /** No character of a word without quotes has come yet. */
  let isBefore = true;
  /** How many of `parts` are kept at least: blanks at the end go, but for those in quotes. */
  let kept = 0;
  for (; at < text.length && text[at] !== '\n'; at += 1) {
    const character = text[at] ?? '';
    if (isBefore && (character === '"' || character === "'")) {
      at = readQuoted(text, at + 1, character, parts);
      kept = parts.length;
    } else if (character === '\\') {
      at += 1;
      if (text[at] !== '\n') parts.push(text[at] ?? '');
      kept = parts.length;
      isBefore = false;
    } else if (!/\s/.test(character)) {
      parts.push(character);
      kept = parts.length;
      isBefore = false;
    } else if (!isBefore) parts.push(character);
  }
  return { value: parts.slice(0, kept).join(''), end: at };
}

/** Where the closing quote is, or the end of the text. */
function readQuoted(text: string, start: number, quote: string, parts: string[]): number {
  let at = start;
  for (; at < text.length && text[at] !== quote; at += 1) {
    const next = text[at + 1];
    if (quote !== '"' || text[at] !== '\\' || next === undefined) parts.push(text[at] ?? '');
    else {
      at += 1;
      if ('"\\`$'.includes(next)) parts.push(next);
      else if (next !== '\n') parts.push('\\', next);
    }
  }
  return at;
}
