import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../src/check/signature-policy/policy.js';
import { readRegistriesD } from '../../src/check/signature-policy/registries-d.js';
import { checkStorageConf } from '../../src/check/storage-conf.js';
import { rootPath } from '../../src/model/path.js';
import { parseRegistriesFile } from '../../src/registries/conf/parse.js';
import { processorMs } from '../support/processor-ms.js';
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
    const content = piece.repeat(20_000);
    const roots = makeRoots({
      'etc/containers/storage.conf': content,
      'etc/containers/registries.d/a.yaml': content,
    });
    const check = () => {
      expect(parsePolicy(content).problems).not.toEqual([]);
      const registries = parseRegistriesFile({ path, ok: true, bytes: Buffer.from(content) }, false);
      expect(registries.diagnostics.map(({ rule }) => rule)).toEqual(['registries-conf-invalid']);
      expect(checkStorageConf({ roots }).map(({ rule }) => rule)).toEqual(['storage-conf-invalid']);
      readRegistriesD(roots.newRoot);
    };
    expect(processorMs(check, 5000)).toBeLessThan(5000);
  });

  test('made of nothing but aliases', () => {
    const scopes = Array.from({ length: 10_000 }, (_, index) => `  a${index}: *all\n`).join('');
    const content = `default-docker: &all\n  lookaside: https://a.example\ndocker:\n${scopes}`;
    const roots = makeRoots({ 'etc/containers/registries.d/a.yaml': content });
    const read = () => expect(readRegistriesD(roots.newRoot).diagnostics).toEqual([]);
    expect(processorMs(read, 5000)).toBeLessThan(5000);
  });
});
