import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/check/signature-policy/policy.js';
import { readRegistriesD } from '../../src/check/signature-policy/registries-d.js';
import { checkStorageConf } from '../../src/check/storage-conf.js';
import { rootPath } from '../../src/model/path.js';
import { parseRegistriesFile } from '../../src/registries/conf/parse.js';
import { expectLinear } from '../support/expect-linear.js';
import { makeRoots } from '../support/roots.js';

const path = rootPath('/etc/containers/registries.conf');

describe('no content makes a check slow', () => {
  test.each([
    ['brackets', '['],
    ['tables', 'a.'],
    ['braces', '{"a":'],
    ['flow maps', '{a: '],
    ['quotes', '"'],
    ['list items', '- '],
    ['slashes', '/'],
  ])('made of nothing but %s', (_, piece) => {
    expectLinear(1_000, (count) => {
      const content = piece.repeat(count);
      const roots = makeRoots({
        'etc/containers/storage.conf': content,
        'etc/containers/registries.d/a.yaml': content,
      });
      return () => {
        expect(parsePolicy(content).problems).not.toEqual([]);
        const registries = parseRegistriesFile({ path, ok: true, bytes: Buffer.from(content) }, false);
        expect(registries.diagnostics.map(({ rule }) => rule)).toEqual(['registries-conf-invalid']);
        expect(checkStorageConf({ roots }).map(({ rule }) => rule)).toEqual(['storage-conf-invalid']);
        readRegistriesD(roots.newRoot);
      };
    });
  });

  test('made of nothing but aliases', () => {
    expectLinear(500, (count) => {
      const scopes = Array.from({ length: count }, (_, index) => `  a${index}: *all\n`).join('');
      const content = `default-docker: &all\n  lookaside: https://a.example\ndocker:\n${scopes}`;
      const roots = makeRoots({ 'etc/containers/registries.d/a.yaml': content });
      return () => expect(readRegistriesD(roots.newRoot).diagnostics).toEqual([]);
    });
  });
});
