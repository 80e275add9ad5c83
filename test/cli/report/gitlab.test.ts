import { expect, test } from 'vitest';
import { gitlabReport } from '../../../src/cli/report/gitlab.js';
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

test('a finding is at its file of the repository', () => {
  expect(gitlabReport(checked, [found], '/build')).toEqual([
    {
      description: 'no image; name one',
      check_name: 'image-missing',
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}-1$/),
      severity: 'critical',
      location: { path: 'rootfs/etc/x', lines: { begin: 3 } },
    },
  ]);
});

test.each([
  {
    name: 'one without a line is at the first',
    diagnostic: { ...found, line: null },
    path: 'rootfs/etc/x',
    begin: 1,
  },
  { name: 'one of no file is at the root', diagnostic: { ...found, ...nowhere }, path: 'rootfs', begin: 1 },
])('every finding has a place: $name', ({ diagnostic, path, begin }) => {
  expect(gitlabReport(checked, [diagnostic], '/build')).toMatchObject([
    { location: { path, lines: { begin } } },
  ]);
});

test('one of no file, where the root is the repository, is at the repository', () => {
  const report = gitlabReport({ root: '/build', image: null }, [{ ...found, ...nowhere }], '/build');
  expect(report).toMatchObject([{ location: { path: '.' } }]);
});

test('findings that look the same are told apart', () => {
  const prints = gitlabReport(checked, [found, { ...found, line: 4 }], '/build').map(
    (each) => (each as { readonly fingerprint: string }).fingerprint,
  );
  expect(new Set(prints).size).toBe(2);
});

test.each([
  ['error', 'critical'],
  ['warning', 'minor'],
  ['info', 'info'],
] as const)('an %s is %s', (severity, named) => {
  expect(gitlabReport(checked, [{ ...found, severity }], '/build')).toMatchObject([{ severity: named }]);
});
