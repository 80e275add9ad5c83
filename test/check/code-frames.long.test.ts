import { expect, test } from 'vitest';
import { withCodeFrames } from '../../src/check/code-frames.js';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { inFile } from '../../src/diagnostic/place.js';
import { expectLinear } from '../support/expect-linear.js';
import { makeRoots } from '../support/roots.js';

test('code frames of as many findings and secrets as a file has lines take linear time', () => {
  expectLinear(2_000, (count) => {
    const root = makeRoots({ 'etc/x.image': 'Creds=a\n'.repeat(count) }).newRoot;
    const found = Array.from({ length: count }, (_, index) =>
      diagnose('image-missing', { ...inFile('/etc/x.image'), line: index + 1, column: 7 }, { section: 'x' }),
    );
    return () =>
      expect(withCodeFrames(found, root)[1]?.excerpt).toBe(
        '1 | Creds=***\n2 | Creds=***\n  |       ^^^\n3 | Creds=***',
      );
  });
});
