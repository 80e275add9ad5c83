import { expect, test } from 'vitest';
import { isLocalHost } from '../../../../src/tools/registry/client/local-address.js';

test.each([
  ['http://127.0.0.1/', true],
  ['http://127.9.9.9/', true],
  ['http://2130706433/', true],
  ['http://0x7f.1/', true],
  ['http://0/', true],
  ['http://0.0.0.0/', true],
  ['http://169.254.169.254/latest/meta-data/', true],
  ['http://[::1]/', true],
  ['http://[::]/', true],
  ['http://[fe80::1]/', true],
  ['http://[::ffff:127.0.0.1]/', true],
  ['http://[::ffff:a9fe:a9fe]/', true],
  ['http://localhost/', true],
  ['http://LOCALHOST./', true],
  ['http://a.localhost/', true],
  ['http://10.0.0.1/', false],
  ['http://[2001:db8::1]/', false],
  ['http://localhost.example.com/', false],
  ['http://notlocalhost/', false],
])('%s is of this machine or its link: %s', (url, isLocal) => {
  expect(isLocalHost(new URL(url).hostname)).toBe(isLocal);
});
