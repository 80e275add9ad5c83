import fc from 'fast-check';
import { expect, test } from 'vitest';
import { githubSummary } from '../../../src/cli/report/github-summary.js';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.js';
import { inFile, nowhere } from '../../../src/diagnostic/place.js';

const found: Diagnostic = {
  rule: 'image-missing',
  severity: 'error',
  message: 'no image',
  hint: 'name one',
  ...inFile('/etc/x'),
  line: 3,
  column: 7,
  excerpt: null,
};
const checked = { root: '/build/rootfs', image: null };
const sum = '1 bound image in rootfs, 1 error, 0 warnings in 1 file\n';

test('a table of the findings is below their sum', () => {
  const findings = [found, { ...found, ...nowhere, severity: 'warning', hint: null } as const];
  expect(githubSummary(checked, sum, findings, '/build').split('\n')).toEqual([
    '### bound-images check',
    '',
    '1 bound image in rootfs, 1 error, 0 warnings in 1 file',
    '',
    '| | finding | where | rule |',
    '| --- | --- | --- | --- |',
    expect.stringMatching(
      /^\| ❌ error \| no image<br>name one \| rootfs\/etc\/x&#58;3 \| \[image-missing\]\(https:\S+\) \|$/,
    ),
    expect.stringMatching(/^\| ⚠️ warning \| no image \| {2}\| \[image-missing\]\(https:\S+\) \|$/),
    '',
    '',
  ]);
});

test('without findings there is the sum alone', () => {
  expect(githubSummary(checked, sum, [], '/build')).toBe(`### bound-images check\n\n${sum}\n`);
});

test('more than a hundred findings are in the log', () => {
  const text = githubSummary(checked, sum, Array<Diagnostic>(130).fill(found), '/build');
  expect(text.match(/❌/g)).toHaveLength(100);
  expect(text).toContain('\n30 more in the log\n');
});

test('it stays below the size that is shown', () => {
  const long = { ...found, message: '<'.repeat(100_000), hint: '|'.repeat(100_000) };
  const text = githubSummary(checked, sum, Array<Diagnostic>(130).fill(long), '/build');
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
});

test('no text of a finding is mark-up, or ends its cell', () => {
  const text = fc.string({ unit: fc.constantFrom(...'a|<>&[]()!`*_~#\\:@$\r\n') });
  fc.assert(
    fc.property(text, text, text, (file, message, hint) => {
      const written = githubSummary(
        { root: null, image: 'x' },
        sum,
        [{ ...found, file, message, hint }],
        '/',
      );
      const row = written.split('\n')[6] ?? '';
      const cells = row.split('|').map((each) => each.trim());
      expect(cells).toHaveLength(6);
      expect(cells[2]?.replace('<br>', '')).toMatch(/^(?:[a-zA-Z0-9 .,/]|&#\d+;)*$/);
    }),
  );
});
