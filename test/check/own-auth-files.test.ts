import { expect, test } from 'vitest';
import { checkOwnAuthFiles, isUsed, keysOf } from '../../src/check/own-auth-files.js';
import { parseReference } from '../../src/model/reference/reference.js';
import { parseAuthFile } from '../../src/resolve/auth-file.js';
import { memoryRoots } from '../fuzz/memory-roots.js';

test.each([
  ['r.example.com/t/a', true],
  ['other.example.com/t/a', false],
])('a key without a port, with the image %s beside: it is used: %s', (other, expected) => {
  const parsed = parseAuthFile(Buffer.from('{"auths":{"r.example.com":{"auth":"dTpw"}}}'));
  const references = [`${other}:1`, 'r.example.com:5000/t/a:1'].map((text) => {
    const read = parseReference(text);
    if (!read.ok || read.reference.transport !== 'docker') throw new Error('bad row');
    return read.reference;
  });
  const [, withPort] = references;
  const useless = parsed.ok && withPort !== undefined ? parsed.authFile.useless(withPort) : undefined;
  if (useless === undefined) throw new Error('nothing was found');
  const images = references.map((reference) => ({ image: { reference } }));
  expect(isUsed(useless, keysOf(images as unknown as Parameters<typeof keysOf>[0]))).toBe(expected);
});

test.each([
  ['credentials', { auths: { 'quay.io': { auth: 'dTpw' } } }, []],
  ['none', {}, ['authfile-entry-useless']],
])(
  'the second of root’s own files does not matter where the first has %s: otherwise it does',
  (_, first, expected) => {
    const read = parseReference('quay.io/t/a:1');
    if (!read.ok || read.reference.transport !== 'docker') throw new Error('bad row');
    const roots = memoryRoots(
      {
        'root/.config/containers/auth.json': JSON.stringify(first),
        'root/.docker/config.json': '{"auths":{"quay.io":{"username":"u","password":"p"}}}',
      },
      {},
    );
    const found = checkOwnAuthFiles(roots, [read.reference], new Set());
    expect(found.map(({ rule }) => rule)).toEqual(expected);
  },
);
