import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Inline, readInline, readMarkdown } from '../../src/text/markdown.js';

const text = (words: string): Inline => ({ kind: 'text', text: words });

describe('a page', () => {
  test('has headings, paragraphs, lists and code', () => {
    const page = [
      '# title',
      '',
      'one',
      'two',
      '- a',
      '- b',
      '  and more',
      '',
      '```ini',
      '# no heading',
      '',
      '```',
      '## next',
      '- c',
    ].join('\n');
    expect(readMarkdown(page)).toEqual([
      { kind: 'heading', level: 1, text: [text('title')] },
      { kind: 'paragraph', text: [text('one two')] },
      { kind: 'list', items: [[text('a')], [text('b and more')]] },
      { kind: 'code', language: 'ini', lines: ['# no heading', ''] },
      { kind: 'heading', level: 2, text: [text('next')] },
      { kind: 'list', items: [[text('c')]] },
    ]);
  });

  test('that ends in code, or is empty, is read', () => {
    expect(readMarkdown('```\nx')).toEqual([{ kind: 'code', language: '', lines: ['x'] }]);
    expect(readMarkdown('')).toEqual([]);
  });
});

test.each([
  { line: 'a `b` c', parts: [text('a '), { kind: 'code', text: 'b' }, text(' c')] },
  { line: '[a b](c.md).', parts: [{ kind: 'link', text: 'a b', target: 'c.md' }, text('.')] },
  {
    line: '<https://a.example/b>',
    parts: [{ kind: 'link', text: 'https://a.example/b', target: 'https://a.example/b' }],
  },
  { line: '**a**', parts: [{ kind: 'strong', text: 'a' }] },
  { line: '[[image]] *x* <y>', parts: [text('[[image]] *x* <y>')] },
  { line: '`[a](b)`', parts: [{ kind: 'code', text: '[a](b)' }] },
])('$line has parts', ({ line, parts }) => {
  expect(readInline(line)).toEqual(parts);
});

const directories = ['contrib/docs/rules', 'contrib/man/texts'];
const pages = directories.flatMap((directory) =>
  readdirSync(directory)
    .filter((name) => name !== 'README.md')
    .map((name) => `${directory}/${name}`),
);

test.each(pages)('%s has nothing that is not known', (path) => {
  const lines = readMarkdown(readFileSync(path, 'utf8')).flatMap((block) => {
    if (block.kind === 'code') return [];
    return block.kind === 'list' ? block.items : [block.text];
  });
  for (const part of lines.flat()) {
    if (part.kind === 'text') expect(part.text).not.toMatch(/`|\]\(|\*\*|^\d+\. |^\| |^> /);
  }
});
