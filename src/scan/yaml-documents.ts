import { type Document, Lexer, LineCounter, parseAllDocuments } from 'yaml';

/** More than anything needs that podman reads, and less than the parser, which calls itself for each, has stack for. */
const maxLevels = 200;

export interface YamlDocuments {
  readonly documents: readonly Document[];
  /** Line and column, both from 1, of an offset in the text. */
  readonly positionOf: (offset: number) => { readonly line: number; readonly column: number };
}

/** What is wrong with a text as a whole. */
export interface YamlMistake {
  readonly problem: string;
  readonly offset: number;
}

/** The documents of a YAML file, each with its mistakes, or why it is not read at all. */
export function readYamlDocuments(
  text: string,
): YamlDocuments & { readonly mistake: YamlMistake | undefined } {
  const lines = new LineCounter();
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const offset = tooDeepAt(text);
  if (offset !== undefined) {
    lines.addNewLine(0);
    for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
    const mistake = { problem: `more than ${maxLevels} levels are nested here`, offset };
    return { documents: [], positionOf, mistake };
  }
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    // An excerpt for every mistake takes time that grows with the square of the file.
    prettyErrors: false,
  });
  return { documents: 'empty' in documents ? [] : documents, positionOf, mistake: undefined };
}

/**
 * Where a text is nested in more levels than are read, by its brackets and by the columns at which lines and
 * indicators begin: each level of a block begins farther to the right than the one around it.
 */
function tooDeepAt(text: string): number | undefined {
  let brackets = 0;
  const columns: number[] = [];
  let offset = 0;
  let lineStart = 0;
  let isFirst = true;
  for (const token of new Lexer().lex(text)) {
    const [character = ''] = token;
    // What marks a document, the end of a flow or a scalar stands for no text.
    if (/[\x02\x18\x1f]/.test(character)) continue;
    const isBlank = /^[ \t]/.test(token);
    if (/^[[{]$/.test(token)) brackets += 1;
    else if (/^[\]}]$/.test(token)) brackets = Math.max(0, brackets - 1);
    else if (brackets === 0 && !isBlank && (isFirst || /^[-?:]$/.test(token))) {
      const column = offset - lineStart;
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
    }
    if (brackets + columns.length > maxLevels) return offset;
    offset += token.length;
    const lineFeed = token.lastIndexOf('\n');
    if (lineFeed >= 0) lineStart = offset - token.length + lineFeed + 1;
    isFirst = lineFeed === token.length - 1 || (isFirst && isBlank);
  }
  return undefined;
}
