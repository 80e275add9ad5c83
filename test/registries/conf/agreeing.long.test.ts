import { expect, test } from 'vitest';
import { nowhere } from '../../../src/diagnostic/place.js';
import { agreeing } from '../../../src/registries/conf/agreeing.js';
import type { Registry } from '../../../src/registries/conf/registry.js';
import { processorMs } from '../../support/processor-ms.js';

test('many registries, as a root may have in several drop-ins, take no time', () => {
  const all = Array.from({ length: 40_000 }, (_, index): Registry => {
    const location = `r${index}.example`;
    return { prefix: location, location, insecure: nowhere, blocked: nowhere, mirrors: [] };
  });
  expect(processorMs(() => agreeing(all), 3000)).toBeLessThan(3000);
});
