import {
  Composer,
  type CST,
  type Document,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  YAMLParseError,
} from 'yaml';

/** More than anything needs that podman reads, and less than the parser, which calls itself for each, has stack for. */
const maxLevels = 200;

/** More than any file has; each takes the parser as long as hundreds of characters. */
const maxDocuments = 1000;

/** Of thousands of lines, and as much as the parser reads in a second. A text of many lines counts as one. */
const maxTokens = 100_000;

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
  const mistake = tooMuch(text);
  if (mistake !== undefined) {
    lines.addNewLine(0);
    for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
    return { documents: [], positionOf, mistake };
  }
  // Its comparison of each key with all before it takes time that grows with the square of the file.
  const composer = new Composer({ uniqueKeys: false });
  const tokens = untilManyMistakes(new Parser(lines.addNewLine).parse(text));
  const documents = withoutStackTraces(() => [...composer.compose(tokens)]);
  for (const document of documents) reportRepeatedKeys(document);
  return { documents, positionOf, mistake: undefined };
}

/** A file may have a mistake in every third character: who reads of a hundred wants no more. */
function* untilManyMistakes(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let mistakes = 0;
  for (const token of tokens) {
    yield token;
    if (token.type === 'error') mistakes += 1;
    if (mistakes > 100) return;
  }
}

/** Each mistake is an error, of which its stack takes most of the time. */
function withoutStackTraces<T>(action: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return action();
  } finally {
    Error.stackTraceLimit = before;
  }
}

function reportRepeatedKeys(document: Document.Parsed): void {
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const [start, end] = key.range ?? [0, 0];
          const message = 'Map keys must be unique';
          document.errors.push(new YAMLParseError([start, end], 'DUPLICATE_KEY', message));
        }
        seen.add(key.value);
      }
    },
  });
}

/** What stands before a document, or behind one. */
const documentLimit = /^(?:---|\.\.\.)$/;

/**
 * Why a text is not read: it has too many documents or tokens, or is nested in too many levels, by its brackets and by
 * the columns at which lines and indicators begin: each level of a block begins farther to the right than the one around
 * it. Indicators in brackets count from one comma to the next: where there are several, the parser takes each for a
 * level.
 */
function tooMuch(text: string): YamlMistake | undefined {
  let documents = 0;
  let tokens = 0;
  let brackets = 0;
  let inBrackets = 0;
  const columns: number[] = [];
  let offset = 0;
  let lineStart = 0;
  let isFirst = true;
  for (const token of new Lexer().lex(text)) {
    if (documentLimit.test(token)) documents += 1;
    if (documents > maxDocuments) return { problem: `more than ${maxDocuments} documents are in it`, offset };
    tokens += 1;
    if (tokens > maxTokens) return { problem: `more than ${maxTokens} words and marks are in it`, offset };
    // What marks a document, the end of a flow or a scalar stands for no text.
    if (/^[\x02\x18\x1f]/.test(token)) continue;
    const isBlank = /^[ \t]/.test(token);
    const isIndicator = /^[-?:]$/.test(token);
    if (/^[[{\]},]$/.test(token)) {
      if (/[[{]/.test(token)) brackets += 1;
      else if (token !== ',') brackets = Math.max(0, brackets - 1);
      inBrackets = 0;
    } else if (brackets > 0) inBrackets += Number(isIndicator);
    else if (isIndicator || (isFirst && !isBlank)) {
      const column = offset - lineStart;
      while ((columns.at(-1) ?? -1) >= column) columns.pop();
      columns.push(column);
    }
    if (brackets + inBrackets + columns.length > maxLevels)
      return { problem: `more than ${maxLevels} levels are nested here`, offset };
    offset += token.length;
    const lineFeed = token.lastIndexOf('\n');
    if (lineFeed >= 0) lineStart = offset - token.length + lineFeed + 1;
    isFirst = lineFeed === token.length - 1 || (isFirst && isBlank);
  }
  return undefined;
}
