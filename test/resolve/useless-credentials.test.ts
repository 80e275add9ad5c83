import { expect, test } from 'vitest';
import { parseReference } from '../../src/model/reference/reference.js';
import { parseAuthFile } from '../../src/resolve/auth-file.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const auth = base64('user:secret');

function problemOf(content: object, image = 'quay.io/shop/app:1'): string | undefined {
  const parsed = parseAuthFile(Buffer.from(JSON.stringify(content)));
  const reference = parseReference(image);
  if (!parsed.ok || !reference.ok || reference.reference.transport !== 'docker') throw new Error('bad row');
  return parsed.authFile.useless(reference.reference)?.problem;
}

const looksFor = 'podman looks for quay.io/shop/app, quay.io/shop, quay.io';

test.each<[object, string]>([
  [
    { auths: { 'quay.io': { username: 'user', password: 'secret' } } },
    'its entry “quay.io” has “username” and “password”, and podman reads “auth” alone: USER:PASSWORD in base64',
  ],
  [
    { auths: { 'quay.io': { identitytoken: 'secret' } } },
    'its entry “quay.io” has “identitytoken” without “auth”, and podman reads the one only beside the other',
  ],
  [
    { auths: { 'quay.io': { registrytoken: 'secret' } } },
    'its entry “quay.io” has “registrytoken”, which podman does not read: it wants “auth”, USER:PASSWORD in base64',
  ],
  [
    { 'quay.io': { auth } },
    '“quay.io” stands in it as in the old ~/.dockercfg, but podman reads only what is below “auths”',
  ],
  [
    { 'https://quay.io/v1/': { auth, email: 'a@example.com' } },
    '“https://quay.io/v1/” stands in it as in the old ~/.dockercfg, but podman reads only what is below “auths”',
  ],
  [{ credsStore: 'desktop' }, 'it names a “credsStore”, but podman reads only “credHelpers”'],
  [
    { auths: { 'quay.io': {} }, credsStore: 'desktop' },
    'its entry “quay.io” is empty, and podman does not ask “credsStore”: it reads “credHelpers”',
  ],
  [{ auths: { 'quay.io/': { auth } } }, `its key “quay.io/” does not match this image: ${looksFor}`],
  [
    { auths: { 'quay.io/shop/': { auth } } },
    `its key “quay.io/shop/” does not match this image: ${looksFor}`,
  ],
  [
    { auths: { 'quay.io/shop/app:1': { auth } } },
    `its key “quay.io/shop/app:1” does not match this image: ${looksFor}`,
  ],
  [
    { auths: { 'quay.io/shop:1': { auth } } },
    `its key “quay.io/shop:1” does not match this image: ${looksFor}`,
  ],
  [
    { auths: { 'quay.io/shop@sha256:00': { auth } } },
    `its key “quay.io/shop@sha256:00” does not match this image: ${looksFor}`,
  ],
  [{ auths: { 'Quay.io': { auth } } }, `its key “Quay.io” does not match this image: ${looksFor}`],
  [{ auths: { ' quay.io': { auth } } }, `its key “ quay.io” does not match this image: ${looksFor}`],
  [
    { auths: { 'docker://quay.io/shop': { auth } } },
    `its key “docker://quay.io/shop” does not match this image: ${looksFor}`,
  ],
  [{ auths: { 'quay.io/v2/': { auth } } }, `its key “quay.io/v2/” does not match this image: ${looksFor}`],
  [{ auths: { '*.io': { auth } } }, `its key “*.io” does not match this image: ${looksFor}`],
  [
    { credHelpers: { 'https://quay.io': 'pass' } },
    'its helper for “https://quay.io” is never asked: podman looks for “quay.io” in “credHelpers”',
  ],
  [
    { credHelpers: { 'quay.io/shop': 'pass' } },
    'its helper for “quay.io/shop” is never asked: podman looks for “quay.io” in “credHelpers”',
  ],
  [
    { auths: { 'quay.io': { auth: base64('user') } } },
    'its entry “quay.io” has an “auth” that is not USER:PASSWORD in base64, and podman ignores an “auth” without “:”',
  ],
  [
    { auths: { 'quay.io': { auth: base64(auth) } } },
    'its entry “quay.io” has an “auth” that is in base64 twice, and podman decodes it once',
  ],
  [
    { auths: { 'quay.io': { auth: base64(':secret') } } },
    'its entry “quay.io” has an “auth” without a user name, which is what podman logs in with',
  ],
  [
    { auths: { 'quay.io': { auth: base64('user:') } } },
    'its entry “quay.io” has an “auth” without a password, which is what podman logs in with',
  ],
  [
    { auths: { 'quay.io': { auth: base64('user:secret\n') } } },
    'its entry “quay.io” has an “auth” whose password ends with a line end, which podman sends along: encode it with printf, not with echo',
  ],
  [
    { auths: { 'quay.io': { auth: base64('us\ter:secret') } } },
    'its entry “quay.io” has an “auth” with control characters, which podman sends along',
  ],
])('%j does not help, and says why', (content, expected) => {
  expect(problemOf(content)).toBe(expected);
});

test('a key without the port of its registry does not help', () => {
  expect(problemOf({ auths: { 'r.example.com': { auth } } }, 'r.example.com:5000/a')).toBe(
    'its key “r.example.com” does not match this image: podman looks for r.example.com:5000/a, r.example.com:5000',
  );
});

test('Docker Hub without a scheme does not help', () => {
  expect(problemOf({ auths: { 'index.docker.io/v1/': { auth } } }, 'docker.io/library/a')).toBe(
    'its key “index.docker.io/v1/” does not match this image: podman looks for docker.io/library/a, docker.io/library, docker.io',
  );
});

test.each<object>([
  {},
  { auths: { 'quay.io': { auth } } },
  { auths: { 'quay.io': {} } },
  { auths: { 'quay.io': { auth, username: 'user', password: 'secret' } } },
  { auths: { 'https://quay.io/v1/': { auth } } },
  { auths: { 'quay.io': { auth: base64('user:'), identitytoken: 'secret' } } },
  { auths: { 'quay.io': { auth: base64('user:secret\0\0') } } },
  { auths: { 'quay.io': { auth: base64('_json_key:{\n\t"type": "a"\r\n}\n') } } },
  { auths: { 'quay.io': { auth: base64('_json_key_base64:e30=\n') } } },
  { auths: { 'quay.io': { auth: base64('user:{\n}\n') } } },
  { auths: { 'quay.io': { auth: base64('user:first\nsecond') } } },
  { auths: { 'ghcr.io': { username: 'user', password: 'secret' } } },
  { auths: { 'quay.io/other/': { auth } } },
  { auths: { 'quay.io/shopping': { auth } } },
  { auths: { 'ghcr.io': { auth } }, credsStore: 'desktop' },
  { auths: { 'quay.io': { username: 'user' } }, credHelpers: { 'quay.io': 'pass' } },
  { 'ghcr.io': { auth } },
])('%j may be right, or is not about the image', (content) => {
  expect(problemOf(content)).toBeUndefined();
});

test('the place of what does not help is told, and no secret', () => {
  const text = `{\n  "auths": {\n    "quay.io/": { "auth": "${auth}" }\n  }\n}\n`;
  const parsed = parseAuthFile(Buffer.from(text));
  const reference = parseReference('quay.io/a');
  if (!parsed.ok || !reference.ok || reference.reference.transport !== 'docker') throw new Error('bad');
  const useless = parsed.authFile.useless(reference.reference);
  expect(useless).toMatchObject({ line: 3, column: 5 });
  expect(JSON.stringify(useless)).not.toContain(auth);
});
