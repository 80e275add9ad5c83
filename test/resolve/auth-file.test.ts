import { describe, expect, test } from 'vitest';
import { parseReference } from '../../src/model/reference/reference.js';
import { parseAuthFile } from '../../src/resolve/auth-file.js';

const auth = Buffer.from('user:secret').toString('base64');

function lookUp(content: object | null, text: string): string {
  const parsed = parseAuthFile(Buffer.from(JSON.stringify(content)));
  const reference = parseReference(text);
  if (!parsed.ok || !reference.ok || reference.reference.transport !== 'docker') throw new Error('bad row');
  return parsed.authFile.lookUp(reference.reference);
}

describe('credentials for an image', () => {
  test.each([
    {
      name: 'of its registry',
      content: { auths: { 'quay.io': { auth } } },
      image: 'quay.io/a/b:1',
      expected: 'credentials',
    },
    {
      name: 'of its namespace',
      content: { auths: { 'quay.io/a': { auth } } },
      image: 'quay.io/a/b:1',
      expected: 'credentials',
    },
    {
      name: 'of its repository',
      content: { auths: { 'quay.io/a/b': { auth } } },
      image: 'quay.io/a/b:1',
      expected: 'credentials',
    },
    {
      name: 'of a registry with a port',
      content: { auths: { 'r:5000': { auth } } },
      image: 'r:5000/a:1',
      expected: 'credentials',
    },
    {
      name: 'with an identity token',
      content: { auths: { 'quay.io': { auth, identitytoken: 't' } } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'with names of fields in any case',
      content: { Auths: { 'quay.io': { AUTH: auth } } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'not in null',
      content: null,
      image: 'quay.io/a:1',
      expected: 'none',
    },
    {
      name: 'in base64 with line ends',
      content: { auths: { 'quay.io': { auth: `${auth.slice(0, 4)}\r\n${auth.slice(4)}` } } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'not in an identity token alone',
      content: { auths: { 'quay.io': { identitytoken: 't' } } },
      image: 'quay.io/a:1',
      expected: 'none',
    },
    {
      name: 'not without a colon',
      content: { auths: { 'quay.io': { auth: Buffer.from('user').toString('base64') } } },
      image: 'quay.io/a:1',
      expected: 'none',
    },
    {
      name: 'not where the entry is null',
      content: { auths: { 'quay.io': null } },
      image: 'quay.io/a:1',
      expected: 'none',
    },
    {
      name: 'that podman fails on: no base64',
      content: { auths: { 'quay.io': { auth: 'not base64!!' } } },
      image: 'quay.io/a:1',
      expected: 'invalid',
    },
    {
      name: 'that podman fails on: base64 without its padding',
      content: { auths: { 'quay.io': { auth: auth.replace(/=+$/, '') } } },
      image: 'quay.io/a:1',
      expected: 'invalid',
    },
    {
      name: 'that podman fails on: the other base64',
      content: { auths: { 'quay.io': { auth: 'dXNlcjr_' } } },
      image: 'quay.io/a:1',
      expected: 'invalid',
    },
    {
      name: 'beside an entry for another registry that podman would fail on',
      content: { auths: { 'quay.io': { auth }, 'ghcr.io': { auth: '!' } } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'with a helper in front of an entry that podman would fail on',
      content: { auths: { 'quay.io': { auth: '!' } }, credHelpers: { 'quay.io': 'pass' } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'through a helper',
      content: { credHelpers: { 'quay.io': 'pass' } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'of Docker Hub by its old URL',
      content: { auths: { 'https://index.docker.io/v1/': { auth } } },
      image: 'docker.io/library/a:1',
      expected: 'credentials',
    },
    {
      name: 'of a registry written as a URL',
      content: { auths: { 'https://quay.io/v2/': { auth } } },
      image: 'quay.io/a:1',
      expected: 'credentials',
    },
    {
      name: 'of any registry for a short name',
      content: { auths: { 'quay.io': { auth } } },
      image: 'a',
      expected: 'credentials',
    },
    {
      name: 'not of another registry',
      content: { auths: { 'quay.io': { auth } } },
      image: 'ghcr.io/a:1',
      expected: 'none',
    },
    {
      name: 'not of a registry that only ends alike',
      content: { auths: { 'quay.io': { auth } } },
      image: 'notquay.io/a:1',
      expected: 'none',
    },
    {
      name: 'not of a namespace that only begins alike',
      content: { auths: { 'quay.io/a': { auth } } },
      image: 'quay.io/ab/c:1',
      expected: 'none',
    },
    {
      name: 'not of the same registry on another port',
      content: { auths: { 'r:5000': { auth } } },
      image: 'r:5001/a:1',
      expected: 'none',
    },
    {
      name: 'not where the most specific entry is empty',
      content: { auths: { 'quay.io': { auth }, 'quay.io/a': {} } },
      image: 'quay.io/a/b:1',
      expected: 'none',
    },
    { name: 'not in an empty file', content: {}, image: 'quay.io/a:1', expected: 'none' },
    {
      name: 'not where a key only belongs to every object',
      content: { auths: {} },
      image: 'constructor:1/a:1',
      expected: 'none',
    },
    {
      name: 'not through a helper for a namespace',
      content: { credHelpers: { 'quay.io/a': 'pass' } },
      image: 'quay.io/a/b:1',
      expected: 'none',
    },
  ])('$name', ({ content, image, expected }) => {
    expect(lookUp(content, image)).toBe(expected);
  });
});

describe('a file that podman would refuse', () => {
  test.each([
    { name: 'is empty', text: '' },
    { name: 'is no JSON', text: '{"auths": {"quay.io": {"auth": "c2VjcmV0"}}' },
    { name: 'is JSON but no object', text: '[]' },
    { name: 'has auths that are no object', text: '{"auths": []}' },
    { name: 'has helpers that are no object', text: '{"credHelpers": "pass"}' },
    { name: 'has a text for an entry', text: '{"auths": {"quay.io": "c2VjcmV0"}}' },
    { name: 'has a list for an entry', text: '{"auths": {"quay.io": ["c2VjcmV0"]}}' },
    { name: 'has a number for an auth', text: '{"auths": {"quay.io": {"auth": 5}}}' },
    { name: 'has a number for a token', text: '{"auths": {"quay.io": {"identitytoken": 5}}}' },
    { name: 'has a number for a helper', text: '{"credHelpers": {"quay.io": 5}}' },
  ])('$name', ({ text }) => {
    const parsed = parseAuthFile(Buffer.from(text));
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('c2VjcmV0');
  });

  test('is said to be wrong in its line', () => {
    expect(parseAuthFile(Buffer.from('{\n  "auths": {},\n}\n'))).toEqual({
      ok: false,
      problem: 'it is not valid JSON in line 3, column 1: nothing follows the “,” before',
    });
  });

  test('is not one that has null for an empty map, as Go reads it', () => {
    expect(parseAuthFile(Buffer.from('{"auths": null}')).ok).toBe(true);
  });
});

describe('a copy for podman', () => {
  test.each<{ name: string; content: unknown; copy: object }>([
    {
      name: 'holds what podman needs of an entry and nothing else',
      content: {
        auths: { 'quay.io': { auth, identitytoken: 't', email: 'e', username: 'u' }, 'ghcr.io': {} },
        credsStore: 'desktop',
        HttpHeaders: { 'X-Meta': 'x' },
      },
      copy: { auths: { 'quay.io': { auth, identitytoken: 't' }, 'ghcr.io': {} }, credHelpers: {} },
    },
    {
      name: 'names helpers that this host has',
      content: { credHelpers: { 'quay.io': 'here', 'ghcr.io': 'absent' } },
      copy: { auths: {}, credHelpers: { 'quay.io': 'here' } },
    },
    {
      name: 'names no path of a program, however it is written',
      content: {
        credHelpers: {
          a: '/here',
          b: '../here',
          c: 'x/../../here',
          d: '',
          e: null,
          f: '-here',
          g: 'here\n',
          h: ' here',
          i: 'here;x',
          j: '..',
        },
        CREDHELPERS: { 'quay.io': '/here' },
        CredHelpers: { 'quay.io': '/here' },
      },
      copy: { auths: {}, credHelpers: {} },
    },
    {
      name: 'may be empty',
      content: { auths: null, credHelpers: null },
      copy: { auths: {}, credHelpers: {} },
    },
  ])('$name', ({ content, copy }) => {
    const parsed = parseAuthFile(Buffer.from(JSON.stringify(content)));
    if (!parsed.ok) throw new Error(parsed.problem);
    const hasProgram = (program: string) => !program.includes('absent');
    expect(JSON.parse(parsed.authFile.copy(hasProgram))).toEqual(copy);
  });

  test.each([
    { helper: 'ecr-login', expected: 'credentials' },
    { helper: '/usr/bin/x', expected: 'helper-refused' },
    { helper: '../x', expected: 'helper-refused' },
    { helper: '', expected: 'helper-refused' },
  ])('is not made where the helper for the registry is “$helper”: $expected', ({ helper, expected }) => {
    const content = { auths: { 'quay.io': { auth } }, credHelpers: { 'quay.io': helper } };
    expect(lookUp(content, 'quay.io/a:1')).toBe(expected);
  });
});
