import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultSeverity, ruleIds } from '../../src/diagnostic/rules.js';
import { pagesDirectory, readPage, rulesIndex } from './pages.js';

const titles = ['What', 'Why it fails on a host', 'Bad', 'Good', 'Source'];

describe.each(ruleIds)('the page of %s', (rule) => {
  test('has its name, its severity and its parts, and is short', () => {
    const lines = readPage(rule).split('\n');
    expect(lines.slice(0, 4)).toEqual([`# ${rule}`, '', `Severity: ${defaultSeverity(rule)}.`, '']);
    expect(lines.length).toBeLessThan(50);
    expect(lines.filter((line) => line.startsWith('## '))).toEqual(titles.map((title) => `## ${title}`));
  });

  test('says something in each part, and shows code that is bad and code that is good', () => {
    const [, ...parts] = readPage(rule).split(/^## .*\n/m);
    const [what, why, bad, good, source] = parts.map((part) => part.trim());
    for (const text of [what, why, source]) expect(text).toMatch(/\.$/);
    for (const code of [bad, good]) expect(code).toMatch(/```[a-z]+\n.+\n```/s);
  });
});

test('every page is that of a rule', () => {
  const pages = [...ruleIds.map((rule) => `${rule}.md`), 'README.md'].sort();
  expect(readdirSync(pagesDirectory).sort()).toEqual(pages);
});

test('the index has every rule, and is written by this test with --update', async () => {
  const index = rulesIndex();
  for (const rule of ruleIds) expect(index).toContain(`| [${rule}](${rule}.md) | `);
  await expect(index).toMatchFileSnapshot(new URL('README.md', pagesDirectory).pathname);
});
