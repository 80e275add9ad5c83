import { expect, test } from 'vitest';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { firstFindings } from '../../src/diagnostic/first-findings.js';
import { inFile } from '../../src/diagnostic/place.js';

function found(file: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    diagnose('image-missing', { ...inFile(file), line: index + 1 }, { section: 'Image' }),
  );
}

test('of one rule in one file no more than a thousand are kept, and the last says how many there are', () => {
  const [a, b] = [found('/a', 1003), found('/b', 1000)];
  const kept = firstFindings([...a, ...b]);
  expect(kept.length).toBe(2000);
  expect(kept.filter(({ file }) => file === '/b')).toEqual(b);
  expect(kept.slice(0, 999)).toEqual(a.slice(0, 999));
  expect(kept[999]?.message).toBe(`${a[999]?.message}; 3 more of these are left out`);
});

test('nothing is changed where there are not too many', () => {
  const few = found('/a', 1000);
  expect(firstFindings(few)).toBe(few);
});
