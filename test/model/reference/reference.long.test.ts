import { expect, test } from 'vitest';
import { parseReference } from '../../../src/model/reference/reference.js';
import { expectLinear } from '../../support/expect-linear.js';

test.each([
  { name: 'letters', text: (size: number) => 'a'.repeat(size) },
  { name: 'components', text: (size: number) => 'a/'.repeat(size / 2) },
  { name: 'dashes of a tag', text: (size: number) => `quay.io/a:${'-'.repeat(size)}` },
  { name: 'dashes behind a path', text: (size: number) => `oci:/a:${'a-'.repeat(size / 2)}!` },
  { name: 'schemes', text: (size: number) => 'https://'.repeat(size / 8) },
])('a reference of nothing but $name is refused in linear time, however long', ({ text }) => {
  const refuse = (size: number) => {
    const reference = text(size);
    return () => expect(parseReference(reference).ok).toBe(false);
  };
  expectLinear(20_000, refuse);
});
