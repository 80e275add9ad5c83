import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultSettings, type Level, mergeSettings, type Settings } from '../../src/check/settings.js';
import { parseSettings } from '../../src/check/settings-file.js';
import type { RuleId } from '../../src/diagnostic/rules.js';

function settings(strict: boolean, ...levels: [RuleId, Level][]): Settings {
  return { strict, levels: new Map(levels) };
}

describe('a file of settings', () => {
  test.each([
    { name: 'nothing', text: '', expected: defaultSettings },
    { name: 'a comment', text: '# none yet\n', expected: defaultSettings },
    { name: 'strict', text: 'strict = true', expected: settings(true) },
    { name: 'no strict', text: 'strict = false', expected: settings(false) },
    {
      name: 'levels',
      text: '[rules]\nreference-short = "off"\npulled-at-boot = "error"\nspecifier = "warning"\n',
      expected: settings(
        false,
        ['reference-short', 'off'],
        ['pulled-at-boot', 'error'],
        ['specifier', 'warning'],
      ),
    },
    {
      name: 'levels as dotted keys',
      text: 'rules.reference-short = "off"',
      expected: settings(false, ['reference-short', 'off']),
    },
    { name: 'a byte order mark', text: '\ufeffstrict = true', expected: settings(true) },
  ])('says $name', ({ text, expected }) => {
    expect(parseSettings(text)).toEqual({ ok: true, settings: expected });
  });

  test.each([
    { name: 'no TOML', text: 'strict true', at: '1:8', problem: /^not valid TOML: / },
    {
      name: 'a level without quotes',
      text: '[rules]\nreference-short = off',
      at: '2:19',
      problem: /^not valid TOML: invalid value; .*put text in quotes/,
    },
    {
      name: 'an unknown key',
      text: '\nStrict = true',
      at: '2:1',
      problem: 'unknown key “Strict”: did you mean “strict”?',
    },
    {
      name: 'a key far from any',
      text: 'x = 1',
      at: '1:1',
      problem: 'unknown key “x”: known are strict, rules',
    },
    {
      name: 'a rule above [rules]',
      text: 'reference-short = "off"',
      at: '1:1',
      problem: '“reference-short” is a rule: write it below [rules]',
    },
    {
      name: 'strict as a string',
      text: 'strict = "yes"',
      at: '1:10',
      problem: '“strict” must be true or false',
    },
    {
      name: 'rules as a list',
      text: 'rules = []',
      at: '1:9',
      problem: '“rules” must be a table, written [rules]',
    },
    {
      name: 'a misspelt rule',
      text: '[rules]\nreference-shrot = "off"',
      at: '2:1',
      problem: 'there is no rule “reference-shrot”: did you mean “reference-short”?',
    },
    {
      name: 'a rule far from any',
      text: '[rules]\n"no.rule" = "off"',
      at: '2:1',
      problem: 'there is no rule “no.rule”: every rule has a page in contrib/docs/rules',
    },
    {
      name: 'an unknown level',
      text: '[rules]\nreference-short = "info"',
      at: '2:19',
      problem: '“reference-short” must be "off" or "warning" or "error"',
    },
    {
      name: 'a number for a level, however large',
      text: '[rules]\nreference-short = 99999999999999999999',
      at: '2:19',
      problem: '“reference-short” must be "off" or "warning" or "error"',
    },
  ])('is refused for $name', ({ text, at, problem }) => {
    const parsed = parseSettings(text);
    if (parsed.ok) throw new Error('the settings were taken');
    expect(parsed.problems.map(({ line, column }) => `${line}:${column}`)).toEqual([at]);
    expect(parsed.problems[0]?.problem).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  test('has all of its mistakes named, first line first', () => {
    const parsed = parseSettings('rules.x = "off"\nstrct = 1\nrules.y = "off"\nstrict = 1');
    expect(parsed.ok ? [] : parsed.problems.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
  });

  test('is taken or refused, whatever is in it', () => {
    const line = fc.constantFrom(
      'strict',
      'rules',
      '[rules]',
      '[[rules]]',
      '=',
      ' ',
      '"off"',
      'specifier',
      '\n',
      '.',
      '{',
      '}',
      '[',
      ']',
      '1',
    );
    fc.assert(
      fc.property(fc.array(line), (parts) => {
        expect(typeof parseSettings(parts.join('')).ok).toBe('boolean');
      }),
    );
  });
});

test('the later source counts more, and keeps the rest', () => {
  const base = settings(true, ['reference-short', 'off'], ['specifier', 'warning']);
  const over = settings(false, ['specifier', 'error']);
  expect(mergeSettings(base, over)).toEqual(
    settings(true, ['reference-short', 'off'], ['specifier', 'error']),
  );
});
