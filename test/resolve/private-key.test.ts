import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { privateKey } from '../../src/resolve/private-key.js';

const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pkcs11 = 'pkcs11:\n  uri: pkcs11:token=x?module-path=/x.so\nmodule:\n  env:\n    LD_PRELOAD: /x.so\n';
const pem = rsa.export({ type: 'pkcs8', format: 'pem' });
const encrypted = { cipher: 'aes-128-cbc', passphrase: 'secret' };

test.each([
  { name: 'PEM, PKCS#8', bytes: pem },
  { name: 'PEM, PKCS#1', bytes: rsa.export({ type: 'pkcs1', format: 'pem' }) },
  { name: 'PEM, SEC 1', bytes: ec.export({ type: 'sec1', format: 'pem' }) },
  { name: 'PEM, encrypted', bytes: rsa.export({ type: 'pkcs8', format: 'pem', ...encrypted }) },
  { name: 'PEM with headers', bytes: rsa.export({ type: 'pkcs1', format: 'pem', ...encrypted }) },
  { name: 'DER, PKCS#8', bytes: rsa.export({ type: 'pkcs8', format: 'der' }) },
  { name: 'DER, PKCS#8, encrypted', bytes: rsa.export({ type: 'pkcs8', format: 'der', ...encrypted }) },
  { name: 'DER, PKCS#1', bytes: rsa.export({ type: 'pkcs1', format: 'der' }) },
  { name: 'DER, SEC 1', bytes: ec.export({ type: 'sec1', format: 'der' }) },
  { name: 'JWK', bytes: JSON.stringify(ec.export({ format: 'jwk' })) },
  { name: 'an old OpenPGP packet', bytes: Buffer.from([0x95, 0x01, 0x3c, 0x04]) },
  { name: 'a new OpenPGP packet', bytes: Buffer.from([0xc5, 0x58, 0x04]) },
])('a private key is taken as it is: $name', ({ bytes }) => {
  expect(privateKey(Buffer.from(bytes))).toEqual(Buffer.from(bytes));
});

test.each([
  { name: 'text around PEM', text: `${pkcs11}# ${''}\n${pem}tail\n`, taken: pem },
  {
    name: 'more members of a JWK',
    text: '{"kty":"oct","k":"x","pkcs11":{"uri":"pkcs11:x"},"module":{"env":{"A":"b"}}}',
    taken: '{"kty":"oct","k":"x"}',
  },
])('nothing else of a file is: $name', ({ text, taken }) => {
  expect(privateKey(Buffer.from(text))?.toString()).toBe(taken);
});

test.each([
  { name: 'a file for PKCS#11', text: pkcs11 },
  { name: 'the same in JSON', text: '{"pkcs11":{"uri":"pkcs11:x"}}' },
  { name: 'the same behind a name that looks like DER', text: `0a: x\n${pkcs11}` },
  { name: 'the same behind a name that looks like OpenPGP', text: `\u0158: x\n${pkcs11}` },
  { name: 'the same behind a byte order mark', text: `\ufeff${pkcs11}` },
  { name: 'PEM with a header that is none', text: `-----BEGIN A-----\npkcs11: x\nAAAA\n-----END A-----\n` },
  { name: 'PEM with text in it', text: `-----BEGIN A-----\n{pkcs11: {uri: x}}\n-----END A-----\n` },
  { name: 'nothing', text: '' },
])('no key is taken: $name', ({ text }) => {
  expect(privateKey(Buffer.from(text))).toBeUndefined();
});
