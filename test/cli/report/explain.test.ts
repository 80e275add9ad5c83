import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type ExplainedRule, explainJson as print, rulesText } from '../../../src/cli/report/explain.js';
import { rulePageText } from '../../../src/cli/report/rule-page.js';
import { defaultSeverity, ruleIds } from '../../../src/diagnostic/rules.js';
import { readPage } from '../../rules/pages.js';
import { validated } from '../../support/schemas.js';

const explainJson = validated('explain', print);

/** A stream of so many columns; without them it is no terminal. */
function stream(columns?: number): NodeJS.WriteStream {
  return Object.assign(new PassThrough(), columns === undefined ? {} : { columns }) as never;
}

const rules = ruleIds.map(
  (rule): ExplainedRule => ({ rule, severity: defaultSeverity(rule), page: readPage(rule) }),
);

describe('all rules', () => {
  test('are a line each', () => {
    const lines = rulesText(rules, stream()).trimEnd().split('\n');
    expect(lines).toHaveLength(ruleIds.length);
    for (const [at, rule] of ruleIds.entries()) {
      expect(lines[at]).toMatch(new RegExp(`^${defaultSeverity(rule).padEnd(7)} ${rule} +\\S.*[.:]$`));
    }
  });

  test('fit into a terminal, but for words that cannot be parted', () => {
    for (const line of rulesText(rules, stream(120)).trimEnd().split('\n')) {
      if (/ \S+ \S/.test(line.slice(40).trim())) expect(line.length).toBeLessThanOrEqual(120);
    }
  });

  test('are objects for a program', () => {
    const { rules: printed } = explainJson(rules, false) as { rules: readonly object[] };
    expect(printed).toHaveLength(ruleIds.length);
    expect(printed[0]).not.toHaveProperty('page');
    expect(explainJson(rules.slice(0, 1), true)).toMatchObject({ rules: [{ page: rules[0]?.page }] });
  });
});

test.each(rules)('the page of $rule is wrapped, and has all of its words', ({ rule, page }) => {
  const shown = rulePageText(page, stream());
  const [title, , severity] = shown.split('\n');
  expect([title, severity]).toEqual([rule, `  Severity: ${defaultSeverity(rule)}.`]);
  const code = new Set(page.split('\n').map((line) => `    ${line}`));
  for (const line of shown.split('\n').filter((each) => !code.has(each))) {
    if (/\S \S/.test(line.trim())) expect(line.length).toBeLessThanOrEqual(80);
  }
  const words = (text: string) =>
    text.split(/[\s`]+/).filter((word) => /^[\w=-]+$/.test(word) && !/^-$/.test(word));
  const written = words(page.replace(/```\w*/g, ''));
  expect(words(shown)).toEqual(expect.arrayContaining(written));
});

test('a link is followed by where it leads, but that to a rule is its name', () => {
  const page =
    'See [image-unknown](image-unknown.md), [a preset](../../renovate/README.md), [b](https://b.example/).\n';
  const shown = rulePageText(page, stream(200)).replace(/\s+/g, ' ').trim();
  expect(shown).toBe(
    'See `image-unknown`, a preset <https://github.com/bound-images/bound-images/blob/main/contrib/renovate/README.md>, b <https://b.example/>.',
  );
});
