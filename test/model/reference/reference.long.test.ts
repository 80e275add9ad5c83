import { expect, test } from 'vitest';
import { parseReference } from '../../../src/model/reference/reference.js';
import { processorMs } from '../../support/processor-ms.js';

test.each([
  { name: 'letters', text: 'a'.repeat(5_000_000) },
  { name: 'components', text: 'a/'.repeat(2_500_000) },
  { name: 'dashes of a tag', text: `quay.io/a:${'-'.repeat(5_000_000)}` },
  { name: 'dashes behind a path', text: `oci:/a:${'a-'.repeat(2_500_000)}!` },
  { name: 'schemes', text: 'https://'.repeat(600_000) },
])('a reference of nothing but $name is refused in linear time, however long', ({ text }) => {
  const refuse = () => expect(parseReference(text).ok).toBe(false);
  expect(processorMs(refuse, 5000)).toBeLessThan(5000);
});
