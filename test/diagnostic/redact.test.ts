import { describe, expect, test } from 'vitest';
import { redactForms, redactor, shownText } from '../../src/diagnostic/redact.js';

const password = 'pä ss&w"o<rd/+\\7';
const creds = `robot:${password}`;
const redact = redactor(() => [creds, password]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Of four characters and more, however they are escaped, nothing may be left. */
describe('a secret is masked', () => {
  test.each<{ name: string; written: string }>([
    { name: 'as it is', written: password },
    { name: 'in capitals', written: password.toUpperCase() },
    { name: 'with its user', written: creds },
    { name: 'in base64', written: base64(password) },
    { name: 'in base64, without padding', written: base64(creds).replace(/=+$/, '') },
    { name: 'in base64 of URLs', written: Buffer.from(creds).toString('base64url') },
    { name: 'in base64 of small letters', written: base64(creds).toLowerCase() },
    ...['a', 'ab', 'abc', 'abcd'].map((before) => ({
      name: `in base64 behind “${before}”`,
      written: base64(`${before}${password}and`),
    })),
    { name: 'in hexadecimal', written: Buffer.from(password).toString('hex') },
    { name: 'in a URL', written: encodeURIComponent(password) },
    { name: 'in a form', written: new URLSearchParams({ p: password }).toString().slice(2) },
    { name: 'in a URL in a URL', written: encodeURIComponent(encodeURIComponent(password)) },
    { name: 'in JSON', written: JSON.stringify(password).slice(1, -1) },
    { name: 'in JSON in JSON', written: JSON.stringify(JSON.stringify(password)).slice(3, -3) },
    {
      name: 'in JSON of ASCII',
      written: [...password].map((each) => `\\u00${each.charCodeAt(0).toString(16)}`).join(''),
    },
    {
      name: 'as Go quotes it',
      written: password.replaceAll('ä', '\\xc3\\xa4').replace(/["\\](?!x)/g, '\\$&'),
    },
    {
      name: 'in HTML',
      written: password.replace('&', '&amp;').replace('"', '&quot;').replace('<', '&lt;'),
    },
    { name: 'in HTML by numbers', written: [...password].map((each) => `&#${each.charCodeAt(0)};`).join('') },
    {
      name: 'in HTML by hexadecimal numbers',
      written: password.replace('&', '&#x26;').replace('"', '&#x22;'),
    },
  ])('$name', ({ written }) => {
    const shown = redact(`denied: you are {${written}}`);
    expect(shown).toMatch(/^denied: you are \{\w{0,6}\*\*\*\w{0,12}=*\}$/);
    for (let at = 0; at + 8 <= written.length; at += 1)
      expect(shown).not.toContain(written.slice(at, at + 8));
  });

  test.each([5, 8, 10])('where only %i characters of it came', (length) => {
    for (const form of [password, base64(creds), encodeURIComponent(creds)]) {
      const part = form.slice(0, length);
      expect(redact(`StatusCode: 403, ${part}`)).toBe('StatusCode: 403, ***');
      expect(redact(`StatusCode: 403, "${part}..."`)).toBe('StatusCode: 403, "***..."');
    }
  });

  test('of any length', () => {
    const token = 'Az09-_'.repeat(4000);
    const shown = redactor(() => [token])(`denied: ${token} ${token.slice(0, 300)} no`);
    expect(shown).toBe('denied: *** *** no');
  });
});

test.each<{ secret: string; text: string; shown: string }>([
  {
    secret: 'latest',
    text: 'reading manifest latest in r.io/latestmodel',
    shown: 'reading manifest *** in r.io/latestmodel',
  },
  { secret: 'a1b2', text: 'sha256:77a1b2c3 and a1b2', shown: 'sha256:77a1b2c3 and ***' },
  { secret: 'ab1', text: 'ab1 is too short', shown: 'ab1 is too short' },
  { secret: 'u:ab1', text: `Basic ${base64('u:ab1')} is not`, shown: 'Basic *** is not' },
  { secret: 'long-secret', text: 'xlong-secrety', shown: 'x***y' },
  { secret: '', text: 'nothing to hide', shown: 'nothing to hide' },
  { secret: 'ends-with-line\n', text: 'it is ends-with-line, they say', shown: 'it is ***, they say' },
])('the secret “$secret” in “$text”', ({ secret, text, shown }) => {
  expect(redactor(() => [secret])(text)).toBe(shown);
});

const signature = 'X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0123abc';
describe('what is a secret by its form', () => {
  test.each<{ text: string; shown: string }>([
    {
      text: `Get "https://s3.example/b/x?${signature}": dial tcp 192.0.2.1:443: connect: connection refused`,
      shown: 'Get "https://s3.example/b/x?***": dial tcp 192.0.2.1:443: connect: connection refused',
    },
    { text: `redirect to /b/x?${signature} failed`, shown: 'redirect to /b/x?*** failed' },
    { text: 'https://s3.example/b/x?secretword', shown: 'https://s3.example/b/x?***' },
    { text: 'bad sig=abc&token=def, and Signature=ghi', shown: 'bad sig=***&token=*** and Signature=***' },
    { text: 'proxyconnect: http://user:p4ss@proxy:3128/', shown: 'proxyconnect: http://***@proxy:3128/' },
    { text: 'parse "http://user:p/4@ss@proxy:3128": bad', shown: 'parse "http://***@proxy:3128": bad' },
    { text: 'https://token@git.example/x', shown: 'https://***@git.example/x' },
    { text: `you sent Basic ${base64('u:p')}`, shown: 'you sent Basic ***' },
    { text: 'you sent basic dXNlcjpwYX', shown: 'you sent basic ***' },
    { text: 'you sent Bearer 0a1b2c3d4e', shown: 'you sent Bearer ***' },
    { text: '"Authorization":"Bearer abcdef"', shown: '"Authorization":"Bearer ***"' },
    { text: 'X-Registry-Auth: e30x, Cookie: a=b', shown: 'X-Registry-Auth: ***, Cookie: ***' },
    { text: 'token eyJhbGciOi.eyJzdWIi.c2ln is old', shown: 'token *** is old' },
  ])('$text', ({ text, shown }) => {
    expect(redactForms(text)).toBe(shown);
    expect(redactForms(shown)).toBe(shown);
  });

  test.each([
    'reading manifest 1 in docker.io/a/b: denied: Basic authentication required',
    'Bearer token expired',
    'docker://127.0.0.1:5000/a/b@sha256:0123456789abcdef: manifest unknown',
    'authorization: denied by policy',
    'invalid status code from registry 403 (Forbidden)',
    'is it there? nobody knows',
    'Head "https://r.io/v2/a/manifests/1": dial tcp: lookup r.io: no such host',
  ])('is not “%s”', (text) => {
    expect(redactForms(text)).toBe(text);
  });

  test('is looked for in time that grows with the text', () => {
    // With the square of it this would take minutes.
    const hostile = ['x-', '//', '//a:', '?a', 'a@', 'sig', 'eyJ', 'basic ', 'token=', '\\u00'];
    for (const each of hostile) redact(each.repeat(20_000));
  }, 60_000);
});

test('hundreds of secrets cost little where a text has none of them', () => {
  const secrets = Array.from({ length: 300 }, (_, at) => `${at}-${'long'.repeat(400)}`);
  const redact = redactor(() => secrets);
  // Each of their patterns takes tens of milliseconds to compile.
  expect(redact(`denied: ${secrets[7]}`)).toBe('denied: ***');
});

test('what is shown is printable, too', () => {
  expect(shownText('\u001b[31mhttps://a@b')).toBe('\\x1b[31mhttps://***@b');
});
