export interface PhysicalLine {
  /** Where it begins in the text and, its line feed and white space before that left out, ends. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
  /** Without white space around it. */
  readonly content: string;
}

/** Lines that are one, joined. */
export interface LogicalLine {
  readonly text: string;
  /** Where each character of the text stands in the file. */
  readonly offsets: readonly number[];
  /** Where it ends in the file. */
  readonly end: number;
  readonly first: PhysicalLine;
  /** The index of its last physical line. */
  readonly last: number;
}

export function physicalLines(text: string): readonly PhysicalLine[] {
  let start = 0;
  return text.split('\n').map((raw) => {
    const content = raw.trim();
    const indent = content === '' ? 0 : raw.indexOf(content.charAt(0));
    const line = { start, end: start + indent + content.length, indent, content };
    start += raw.length + 1;
    return line;
  });
}

/**
 * Joins the lines that a backslash continues. As in unit files, blank lines and comments do not end what is continued,
 * and comments are lines of their own.
 */
export function logicalLines(lines: readonly PhysicalLine[]): readonly LogicalLine[] {
  const joined: LogicalLine[] = [];
  let pieces: PhysicalLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.content === '') continue;
    if (/^[#;]/.test(line.content)) {
      joined.push(joinLines([line], index));
      continue;
    }
    pieces.push(line);
    if (line.content.endsWith('\\') && index < lines.length - 1) continue;
    joined.push(joinLines(pieces, index));
    pieces = [];
  }
  if (pieces.length > 0) joined.push(joinLines(pieces, lines.length - 1));
  return joined;
}

function joinLines(pieces: readonly PhysicalLine[], last: number): LogicalLine {
  const offsets: number[] = [];
  let text = '';
  for (const { start, indent, content } of pieces) {
    const part = content.endsWith('\\') ? content.slice(0, -1) : content;
    for (let at = 0; at < part.length; at += 1) offsets.push(start + indent + at);
    text += part;
  }
  const [first = noLine] = pieces;
  return { text, offsets, end: pieces.at(-1)?.end ?? first.end, first, last };
}

const noLine: PhysicalLine = { start: 0, end: 0, indent: 0, content: '' };
