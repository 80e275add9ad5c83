import { homepage } from '../../diagnostic/help-uri.js';
import { type Block, type Inline, readMarkdown } from '../../text/markdown.js';
import { styleFor } from './style.js';
import { wrapWords } from './wrap-words.js';

/** Longer lines are hard to read. */
const widest = 100;

/** Where no terminal says how wide it is. */
const usual = 80;

/** The page of a rule for a person: wrapped, and on a terminal with styles in place of marks. */
export function rulePageText(page: string, stream: NodeJS.WriteStream): string {
  const columns = Math.min(stream.columns || usual, widest);
  return `${readMarkdown(page)
    .map((block) => blockText(block, columns, stream))
    .join('\n\n')}\n`;
}

function blockText(block: Block, columns: number, stream: NodeJS.WriteStream): string {
  const wrapped = (text: readonly Inline[], first: string) => {
    const others = ' '.repeat(first.length);
    const lines = wrapWords(textOf(text), columns, first.length, first.length);
    return styled(first + lines.join(`\n${others}`), stream);
  };
  switch (block.kind) {
    case 'heading':
      return styleFor(stream)('bold', textOf(block.text));
    case 'paragraph':
      return wrapped(block.text, '  ');
    case 'list':
      return block.items.map((item) => wrapped(item, '  - ')).join('\n');
    case 'code':
      return block.lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
  }
}

/** As it is written, but for links: nobody can follow a relative one from a terminal. */
function textOf(parts: readonly Inline[]): string {
  return parts
    .map((part) => {
      switch (part.kind) {
        case 'code':
          return `\`${part.text}\``;
        case 'link':
          return linkText(part.text, part.target);
        default:
          return part.text;
      }
    })
    .join('');
}

function linkText(text: string, target: string): string {
  if (text === target) return target;
  // The page of another rule has its name, and can be asked for by it.
  if (target === `${text}.md`) return `\`${text}\``;
  const address = /^https?:/.test(target)
    ? target
    : new URL(target, `${homepage}/blob/main/contrib/docs/rules/`).href;
  return `${text} <${address}>`;
}

/** Code stands out by its style, where there is one, and else by its marks. */
export function styled(text: string, stream: NodeJS.WriteStream): string {
  const style = styleFor(stream);
  return text.replace(/`([^`]+)`/g, (marked, code: string) => {
    const shown = style('cyan', code);
    return shown === code ? marked : shown;
  });
}

/** What a rule finds, in one sentence with its marks: the first of its page. */
export function firstSentence(page: string): string {
  const [, what = ''] = /\n## What\n\n(.*?)\n\n/s.exec(page) ?? [];
  return what.replaceAll('\n', ' ').split(/(?<=\.) /)[0] ?? '';
}
