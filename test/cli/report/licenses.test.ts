import { expect, test } from 'vitest';
import { licensesJson, licensesText } from '../../../src/cli/report/licenses.js';
import { validated } from '../../support/schemas.js';

const notices = [
  { name: 'a', version: '1.0.0', license: 'MIT', text: 'Copyright A' },
  { name: '@b/c', version: '2.0.0', license: 'BSD-3-Clause OR MIT', text: 'Copyright C' },
];

test('licences are listed in short, and then in full', () => {
  const [list, ...texts] = licensesText(notices).split(/^-+\n/m);
  expect(list).toBe('a 1.0.0: MIT\n@b/c 2.0.0: BSD-3-Clause OR MIT\n\n');
  expect(texts).toEqual([
    'a 1.0.0: MIT\n\nCopyright A\n\n',
    '@b/c 2.0.0: BSD-3-Clause OR MIT\n\nCopyright C\n',
  ]);
});

test('a program gets the same', () => {
  expect(validated('licenses', licensesJson)(notices)).toEqual({ schemaVersion: 1, packages: notices });
});
