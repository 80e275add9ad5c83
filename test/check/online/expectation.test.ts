import { describe, expect, test } from 'vitest';
import { checkExpectations } from '../../../src/check/expectations.js';
import { isMet } from '../../../src/check/online/expectation.js';
import { inFile } from '../../../src/diagnostic/place.js';
import { resolvedImage } from '../../support/planned-image.js';

describe('what an image says', () => {
  test.each([
    { wanted: 'stable', said: 'stable', met: true },
    { wanted: 'stable', said: 'Stable', met: false },
    { wanted: 'stable', said: null, met: false },
    { wanted: '2.4', said: '2.4', met: true },
    { wanted: '2.4', said: '2.4.0', met: false },
    { wanted: '2.x', said: '2.4', met: false },
    { wanted: 'a <2', said: 'a <2', met: true },
    { wanted: '>=2.4 <3', said: '2.4.0', met: true },
    { wanted: '>=2.4 <3', said: 'v2.4', met: true },
    { wanted: '>=2.4 <3', said: '2.10.7+build.1', met: true },
    { wanted: '>=2.4 <3', said: '3', met: false },
    { wanted: '>=2.4 <3', said: '2.5.0-rc.1', met: false },
    { wanted: '>=2.5.0-rc.0', said: '2.5.0-rc.1', met: true },
    { wanted: ' ^1.2', said: ' 1.9.0\n', met: true },
    { wanted: '^1.2', said: '1.2.3.4', met: false },
    { wanted: '^1.2', said: 'latest', met: false },
    { wanted: '^1.2', said: '', met: false },
    { wanted: '^1.2', said: null, met: false },
    { wanted: '~1.2', said: '1.2.9', met: true },
    { wanted: '=1.2.3', said: '1.2.3', met: true },
    { wanted: '1.x || 3.x', said: '3.1', met: true },
    { wanted: '1.x || 3.x', said: '2.0.0', met: false },
    { wanted: '>=99999999999999999999', said: '1.0.0', met: false },
  ])('“$said” for “$wanted”: $met', async ({ wanted, said, met }) => {
    expect(await isMet({ wanted }, said)).toBe(met);
  });
});

test('a range that npm cannot read is found, and a text of any kind is not', async () => {
  const wanted = ['>=2 <3', 'stable', '', '>=two', '1 || x.y', '^', '2.x.y', '>'];
  const place = inFile('/usr/lib/bound-images.d/app.toml');
  const { image } = resolvedImage('quay.io/a/b:1');
  const expectations = wanted.map((text) => ({ key: 'version', wanted: text, place }));
  const found = await checkExpectations([image, { ...image, expectations }]);
  expect(new Set(found.map(({ rule }) => rule))).toEqual(new Set(['expectation-invalid']));
  expect(found.map(({ message }) => /“(.*?)”/.exec(message)?.[1])).toEqual(['>=two', '1 || x.y', '^', '>']);
});
