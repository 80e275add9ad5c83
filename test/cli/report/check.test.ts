import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { checkSummary, checkText, checkJson as print } from '../../../src/cli/report/check.js';
import type { Diagnostic } from '../../../src/diagnostic/diagnostic.js';
import { inFile, nowhere } from '../../../src/diagnostic/place.js';
import { validated } from '../../support/schemas.js';

const checkJson = validated('check', print);

const error: Diagnostic = {
  rule: 'image-empty',
  severity: 'error',
  message: 'no image',
  hint: 'name one',
  ...inFile('/a'),
  line: 2,
  column: 7,
  excerpt: '2 | Image=',
};
const warning: Diagnostic = { ...error, ...inFile('/b'), severity: 'warning', excerpt: null };
const found = [error, warning, warning];

function lastLines(diagnostics: readonly Diagnostic[]): readonly string[] {
  const text = checkText(
    { root: '/new', image: null },
    3,
    diagnostics,
    new PassThrough() as unknown as NodeJS.WriteStream,
  );
  return text.split('\n').slice(-4);
}

const explained = 'about a rule: bound-images explain RULE';

test.each([
  { name: 'nothing', diagnostics: [], lines: ['3 bound images in /new, 0 errors, 0 warnings', ''] },
  {
    name: 'findings in files',
    diagnostics: found.map((each) => ({ ...each, path: null })),
    lines: ['', '3 bound images in /new, 1 error, 2 warnings in 2 files', explained, ''],
  },
  {
    name: 'findings in files, of which one has only something that was asked for',
    diagnostics: [error, { ...warning, severity: 'info' } as const],
    lines: ['', '3 bound images in /new, 1 error, 0 warnings in 1 file', explained, ''],
  },
  {
    name: 'a finding in no file',
    diagnostics: [{ ...warning, ...nowhere }],
    lines: ['', '3 bound images in /new, 0 errors, 1 warning', explained, ''],
  },
])('a summary ends what a person reads of $name', ({ diagnostics, lines }) => {
  expect(lastLines(diagnostics)).toEqual(lines);
});

test('JSON has the findings, and counts them', () => {
  expect(checkJson({ root: '/new', image: null }, found)).toEqual({
    schemaVersion: 1,
    root: '/new',
    image: null,
    diagnostics: found.map((each) => ({ ...each, path: null })),
    summary: { errors: 1, warnings: 2 },
  });
});

test('a summary names what was checked as it can be opened: the root, from the working directory, or the image', () => {
  const summary = (root: string) => checkSummary({ root, image: null }, 0, []);
  expect(summary('/')).toBe('0 bound images in /, 0 errors, 0 warnings\n');
  expect(summary(join(process.cwd(), 'rootfs'))).toBe('0 bound images in rootfs, 0 errors, 0 warnings\n');
  expect(summary(process.cwd())).toContain(` in ${process.cwd()},`);
  expect(checkSummary({ root: null, image: 'oci:/x' }, 1, found)).toBe(
    '1 bound image in oci:/x, 1 error, 2 warnings in 2 files\n',
  );
});
