import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { manifestDigest } from '../../../src/tools/registry/manifest-digest.js';

const hex = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex');
const base64url = (text: string) => Buffer.from(text).toString('base64url');

/** A manifest in schema 1 as docker signed it: the signatures stand before its end. */
function signed(payload: string, header: object): string {
  const signature = { protected: base64url(JSON.stringify(header)), signature: 'x' };
  return `${payload.slice(0, -2)},\n   "signatures": ${JSON.stringify([signature])}\n}`;
}

const payload = '{\n   "schemaVersion": 1,\n   "name": "zoë",\n   "fsLayers": []\n}';
const header = { formatLength: Buffer.byteLength(payload) - 2, formatTail: base64url('\n}') };

test('is that of the bytes, with the algorithm that is asked for', () => {
  expect(manifestDigest('{"zoë":1}\n')).toBe(`sha256:${hex('{"zoë":1}\n')}`);
  expect(manifestDigest('{}', 'sha512')).toBe(`sha512:${hex('{}', 'sha512')}`);
});

test('is that of what was signed in schema 1', () => {
  expect(manifestDigest(signed(payload, header))).toBe(`sha256:${hex(payload)}`);
  expect(manifestDigest(payload)).toBe(`sha256:${hex(payload)}`);
});

test.each([
  { name: 'no length', text: signed(payload, { formatTail: '' }) },
  { name: 'a negative length', text: signed(payload, { ...header, formatLength: -1 }) },
  { name: 'an end that is not text', text: signed(payload, { ...header, formatTail: 1 }) },
  { name: 'no layers', text: signed('{\n   "schemaVersion": 1\n}', header) },
  { name: 'no signatures', text: '{"schemaVersion":1,"fsLayers":[],"signatures":[]}' },
])('is that of the bytes of a signed manifest with $name', ({ text }) => {
  expect(manifestDigest(text)).toBe(`sha256:${hex(text)}`);
});
