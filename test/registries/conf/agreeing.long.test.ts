import { test } from 'vitest';
import { nowhere } from '../../../src/diagnostic/place.js';
import { agreeing } from '../../../src/registries/conf/agreeing.js';
import type { Registry } from '../../../src/registries/conf/registry.js';
import { expectLinear } from '../../support/expect-linear.js';

test('many registries, as a root may have in several drop-ins, take linear time', () => {
  const compare = (count: number) => {
    const all = Array.from({ length: count }, (_, index): Registry => {
      const location = `r${index}.example`;
      return { prefix: location, location, insecure: nowhere, blocked: nowhere, mirrors: [] };
    });
    return () => agreeing(all);
  };
  expectLinear(2_000, compare);
});
