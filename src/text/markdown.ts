/**
 * The Markdown that the pages of this project are written in, and nothing beyond it: headings, paragraphs, lists of one
 * level, fenced code; in a line, code, links and strong words.
 */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly text: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'code'; readonly language: string; readonly lines: readonly string[] };

export type Inline =
  | { readonly kind: 'text' | 'code' | 'strong'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly target: string };

/** The blocks of a page, in their order. */
export function readMarkdown(page: string): readonly Block[] {
  const blocks: Block[] = [];
  /** Those of a paragraph or list that goes on. */
  let open: string[] = [];
  const close = () => {
    if (open.length > 0) blocks.push(blockOf(open));
    open = [];
  };
  const lines = page.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const [, language] = /^```(\w*)$/.exec(line) ?? [];
    const [, marks = '', title = ''] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (language !== undefined) {
      close();
      const end = lines.indexOf('```', at + 1);
      const last = end === -1 ? lines.length : end;
      blocks.push({ kind: 'code', language, lines: lines.slice(at + 1, last) });
      at = last;
    } else if (marks !== '') {
      close();
      blocks.push({ kind: 'heading', level: marks.length, text: readInline(title) });
    } else if (line === '') close();
    else {
      if (isItem(line) && !isItem(open[0])) close();
      open.push(line);
    }
  }
  close();
  return blocks;
}

function isItem(line = ''): boolean {
  return line.startsWith('- ');
}

function blockOf(lines: readonly string[]): Block {
  if (!isItem(lines[0])) return { kind: 'paragraph', text: readInline(lines.join(' ')) };
  const items: string[] = [];
  for (const line of lines) {
    if (isItem(line)) items.push(line.slice('- '.length));
    else items.push(`${items.pop()} ${line.trim()}`);
  }
  return { kind: 'list', items: items.map(readInline) };
}

const marked = /`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)|<(https?:[^>]+)>|\*\*([^*]+)\*\*/g;

/** The parts of a line, or of lines that were joined. */
export function readInline(text: string): readonly Inline[] {
  const parts: Inline[] = [];
  let done = 0;
  for (const match of text.matchAll(marked)) {
    if (match.index > done) parts.push({ kind: 'text', text: text.slice(done, match.index) });
    parts.push(partOf(match));
    done = match.index + match[0].length;
  }
  return done === text.length ? parts : [...parts, { kind: 'text', text: text.slice(done) }];
}

function partOf([, code, label, target, address, strong = '']: RegExpExecArray): Inline {
  if (code !== undefined) return { kind: 'code', text: code };
  if (label !== undefined && target !== undefined) return { kind: 'link', text: label, target };
  return address === undefined
    ? { kind: 'strong', text: strong }
    : { kind: 'link', text: address, target: address };
}
