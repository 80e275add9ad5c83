import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkAuthFiles } from '../../src/check/auth-files.js';
import { parsePolicy } from '../../src/check/signature-policy/policy.js';
import { readRegistriesD } from '../../src/check/signature-policy/registries-d.js';
import { checkStorageConf } from '../../src/check/storage-conf.js';
import { rootPath } from '../../src/model/path.js';
import { parseRegistriesFile } from '../../src/registries/conf/parse.js';
import { makeRoots } from '../support/roots.js';
import { dir, fifo, file, symlink, type TreeSpec } from '../support/tree.js';

const path = rootPath('/etc/containers/registries.conf');

/** Pieces of all the formats, and what none of them knows. */
const pieces = fc.constantFrom(
  ...[
    '{',
    '}',
    '[',
    ']',
    '[[',
    ']]',
    ',',
    ':',
    '=',
    '"',
    "'",
    '\n',
    ' ',
    '\\',
    '#',
    '- ',
    '&a ',
    '*a',
    '<<',
    '? ',
    '|',
  ],
  ...[
    '\0',
    '\ufeff',
    '\ud800',
    '__proto__',
    'null',
    'true',
    '1',
    '1e999',
    '99999999999999999999',
    '1979-05-27',
  ],
  ...[
    'default',
    '"default"',
    '"transports"',
    '"type"',
    '"reject"',
    '"sigstoreSigned"',
    '"docker"',
    '"keyPath"',
  ],
  ...[
    'registry',
    '[[registry]]\n',
    '[[registry.mirror]]\n',
    'location = "a"\n',
    'prefix = "*."\n',
    'aliases',
    'storage',
  ],
  ...[
    'docker:\n',
    '  a:\n',
    'default-docker:',
    'use-sigstore-attachments: yes\n',
    'additionalimagestores = [{append=true}]\n',
  ],
);
const bytes = fc.oneof(
  fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
);

describe('no content makes a check fail', () => {
  test.each([
    ['policy.json', (content: Buffer) => parsePolicy(content.toString('utf8'))],
    ['registries.conf', (content: Buffer) => parseRegistriesFile({ path, ok: true, bytes: content }, false)],
  ])('of %s', (_, parse) => {
    fc.assert(
      fc.property(bytes, (content) => {
        parse(content);
      }),
      { numRuns: 3000 },
    );
  });

  test('of the files that are read from a root', () => {
    fc.assert(
      fc.property(bytes, (content) => {
        const roots = makeRoots({
          'etc/containers/storage.conf': content,
          'etc/containers/registries.d/a.yaml': content,
          'etc/ostree/auth.json': file(content, { mode: 0o644 }),
        });
        checkStorageConf({ roots });
        readRegistriesD(roots.newRoot);
        checkAuthFiles({ roots, images: [] });
      }),
      { numRuns: 100 },
    );
  });
});

describe('a file that is none is told', () => {
  test.each<{ name: string; tree: TreeSpec; findings: readonly string[] }>([
    {
      name: 'a directory',
      tree: { 'etc/containers/storage.conf': dir() },
      findings: ['storage-conf-invalid'],
    },
    { name: 'a FIFO', tree: { 'etc/containers/storage.conf': fifo() }, findings: ['storage-conf-invalid'] },
    {
      name: 'a loop',
      tree: { 'etc/containers/storage.conf': symlink('storage.conf') },
      findings: ['storage-conf-invalid'],
    },
    {
      name: 'bytes that are not UTF-8',
      tree: { 'etc/containers/storage.conf': Buffer.of(0xff) },
      findings: ['storage-conf-invalid'],
    },
    {
      name: 'more than a megabyte',
      tree: { 'etc/containers/storage.conf': '#'.repeat(2 ** 20 + 1) },
      findings: ['storage-conf-invalid'],
    },
    { name: 'a link to nothing', tree: { 'etc/containers/storage.conf': symlink('/nothing') }, findings: [] },
    {
      name: 'a link to /dev/null',
      tree: { 'etc/containers/storage.conf': symlink('/dev/null') },
      findings: [],
    },
    {
      name: 'a directory among drop-ins',
      tree: { 'etc/containers/storage.conf.d/a.conf': dir() },
      findings: [],
    },
  ])('$name', ({ tree, findings }) => {
    expect(checkStorageConf({ roots: makeRoots(tree) }).map(({ rule }) => rule)).toEqual(findings);
  });
});
