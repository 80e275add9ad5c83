import { type Block, type Inline, readMarkdown } from '../../src/text/markdown.js';

/** mandoc’s lint wants no line longer than 80 bytes where it can be broken. */
const longestLine = 78;

/** Text for any place: no character is taken for an escape, and none is outside of ASCII, whatever the locale. */
export function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replace(/[^\n -~]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `\\[u${code}]`;
  });
}

/** Code: its hyphens are those that a shell wants, and it stands out. */
export function code(text: string): string {
  return `\\fB${escaped(text).replaceAll('-', '\\-')}\\fR`;
}

/** One argument of a macro, whatever is in it. */
export function argument(text: string): string {
  return `"${text.replaceAll('"', '\\(dq')}"`;
}

/** Lines of text: each sentence begins a new one, and none is a request. */
export function textLines(text: string): readonly string[] {
  return text
    .split(/(?<=[.!?]) +/)
    .flatMap(wrap)
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
}

function wrap(sentence: string): readonly string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > longestLine) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Inline marks as text of mdoc. */
export function inlineText(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'code':
          return code(part.text);
        case 'strong':
          return `\\fB${escaped(part.text)}\\fR`;
        case 'link':
          return part.text === part.target
            ? escaped(part.target)
            : `${escaped(part.text)} (${escaped(part.target)})`;
        default:
          return escaped(part.text);
      }
    })
    .join('');
}

/**
 * A page by its sections, each as lines of mdoc(7). What comes before the first heading belongs to the section that is
 * open there.
 */
export function mdocSections(page: string): readonly (readonly string[])[] {
  const sections: string[][] = [[]];
  let before: Block['kind'] = 'heading';
  for (const block of readMarkdown(page)) {
    if (block.kind === 'heading' && block.level === 1) sections.push([]);
    sections.at(-1)?.push(...blockLines(block, before !== 'heading'));
    before = block.kind;
  }
  return sections;
}

function blockLines(block: Block, isBehind: boolean): readonly string[] {
  switch (block.kind) {
    case 'heading': {
      const title = inlineText(block.text);
      return [block.level === 1 ? `.Sh ${title.toUpperCase()}` : `.Ss ${title}`];
    }
    case 'paragraph':
      return [...(isBehind ? ['.Pp'] : []), ...textLines(inlineText(block.text))];
    case 'list':
      return listLines(block.items);
    case 'code':
      return codeLines(block.lines);
  }
}

/** A display of code. */
export function codeLines(lines: readonly string[]): readonly string[] {
  const shown = lines.map((line) =>
    escaped(line)
      .replaceAll('-', '\\-')
      .replace(/^(?=[.'])/, '\\&'),
  );
  return ['.Bd -literal -offset indent', ...shown, '.Ed'];
}

function listLines(items: readonly (readonly Inline[])[]): readonly string[] {
  const terms = items.map(termOf);
  if (terms.some((term) => term === undefined)) {
    const lines = items.flatMap((item) => ['.It', ...textLines(inlineText(item))]);
    return ['.Bl -bullet', ...lines, '.El'];
  }
  const lines = terms.flatMap((term) =>
    term === undefined ? [] : [`.It ${argument(inlineText(term.term))}`, ...textLines(inlineText(term.text))],
  );
  return ['.Bl -tag -width Ds', ...lines, '.El'];
}

/** An item such as “`key`: what it says”. */
function termOf(
  item: readonly Inline[],
): { readonly term: readonly Inline[]; readonly text: readonly Inline[] } | undefined {
  const [first, second, ...rest] = item;
  if (first?.kind !== 'code' || second?.kind !== 'text' || !second.text.startsWith(': ')) return undefined;
  return { term: [first], text: [{ kind: 'text', text: second.text.slice(': '.length) }, ...rest] };
}
