import { describe, expect, test } from 'vitest';
import { parseReference } from '../../src/reference/reference.js';
import { parseAuthFile } from '../../src/resolve/auth-file.js';

const auth = Buffer.from('user:secret').toString('base64');

function hasCredentials(content: object, text: string): boolean {
  const parsed = parseAuthFile(Buffer.from(JSON.stringify(content)));
  const reference = parseReference(text);
  if (!parsed.ok || !reference.ok || reference.reference.transport !== 'docker') throw new Error('bad row');
  return parsed.authFile.hasCredentialsFor(reference.reference);
}

describe('credentials for an image', () => {
  test.each([
    {
      name: 'of its registry',
      content: { auths: { 'quay.io': { auth } } },
      image: 'quay.io/a/b:1',
      expected: true,
    },
    {
      name: 'of its namespace',
      content: { auths: { 'quay.io/a': { auth } } },
      image: 'quay.io/a/b:1',
      expected: true,
    },
    {
      name: 'of its repository',
      content: { auths: { 'quay.io/a/b': { auth } } },
      image: 'quay.io/a/b:1',
      expected: true,
    },
    {
      name: 'of a registry with a port',
      content: { auths: { 'r:5000': { auth } } },
      image: 'r:5000/a:1',
      expected: true,
    },
    {
      name: 'as an identity token',
      content: { auths: { 'quay.io': { identitytoken: 't' } } },
      image: 'quay.io/a:1',
      expected: true,
    },
    {
      name: 'through a helper',
      content: { credHelpers: { 'quay.io': 'pass' } },
      image: 'quay.io/a:1',
      expected: true,
    },
    {
      name: 'of Docker Hub by its old URL',
      content: { auths: { 'https://index.docker.io/v1/': { auth } } },
      image: 'docker.io/library/a:1',
      expected: true,
    },
    {
      name: 'of a registry written as a URL',
      content: { auths: { 'https://quay.io/v2/': { auth } } },
      image: 'quay.io/a:1',
      expected: true,
    },
    {
      name: 'of any registry for a short name',
      content: { auths: { 'quay.io': { auth } } },
      image: 'a',
      expected: true,
    },
    {
      name: 'not of another registry',
      content: { auths: { 'quay.io': { auth } } },
      image: 'ghcr.io/a:1',
      expected: false,
    },
    {
      name: 'not of a registry that only ends alike',
      content: { auths: { 'quay.io': { auth } } },
      image: 'notquay.io/a:1',
      expected: false,
    },
    {
      name: 'not of a namespace that only begins alike',
      content: { auths: { 'quay.io/a': { auth } } },
      image: 'quay.io/ab/c:1',
      expected: false,
    },
    {
      name: 'not of the same registry on another port',
      content: { auths: { 'r:5000': { auth } } },
      image: 'r:5001/a:1',
      expected: false,
    },
    {
      name: 'not where the most specific entry is empty',
      content: { auths: { 'quay.io': { auth }, 'quay.io/a': {} } },
      image: 'quay.io/a/b:1',
      expected: false,
    },
    { name: 'not in an empty file', content: {}, image: 'quay.io/a:1', expected: false },
    {
      name: 'not where a key only belongs to every object',
      content: { auths: {} },
      image: 'constructor:1/a:1',
      expected: false,
    },
    {
      name: 'not through a helper for a namespace',
      content: { credHelpers: { 'quay.io/a': 'pass' } },
      image: 'quay.io/a/b:1',
      expected: false,
    },
  ])('$name', ({ content, image, expected }) => {
    expect(hasCredentials(content, image)).toBe(expected);
  });
});

describe('a file that podman would refuse', () => {
  test.each([
    { name: 'is empty', text: '' },
    { name: 'is no JSON', text: '{"auths": {"quay.io": {"auth": "c2VjcmV0"}}' },
    { name: 'is JSON but no object', text: '[]' },
    { name: 'has auths that are no object', text: '{"auths": []}' },
    { name: 'has helpers that are no object', text: '{"credHelpers": "pass"}' },
  ])('$name', ({ text }) => {
    const parsed = parseAuthFile(Buffer.from(text));
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('c2VjcmV0');
  });

  test('is not one that has null for an empty map, as Go reads it', () => {
    expect(parseAuthFile(Buffer.from('{"auths": null}')).ok).toBe(true);
  });
});
