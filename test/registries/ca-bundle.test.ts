import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { expect, test } from 'vitest';
import type { HostPath } from '../../src/model/path.js';
import { caBundle } from '../../src/registries/ca-bundle.js';
import { diskTree } from '../../src/root/disk-tree.js';
import { type RootView, rootView } from '../../src/root/root-view.js';
import { makeTree, symlink, type TreeSpec } from '../support/tree.js';

const [a = '', b = '', c = '', d = ''] = rootCertificates;
const names = new Map([
  [a, 'a'],
  [b, 'b'],
  [c, 'c'],
  [d, 'd'],
]);

function viewOf(spec: TreeSpec): RootView {
  return rootView(diskTree(makeTree(spec) as HostPath), 'new');
}

/** The certificates of a bundle by their letters. */
function letters(found: ReturnType<typeof caBundle>): string | undefined {
  const blocks = found?.pem.split(/(?<=-----END CERTIFICATE-----)\n/) ?? [];
  return found && blocks.map((block) => names.get(block)).join('');
}

test('the first bundle and all directories of the new root count, each certificate once', () => {
  const root = viewOf({
    'etc/ssl/certs/ca-certificates.crt': `# one\n${a}\n${b}\n`,
    'etc/pki/tls/certs/ca-bundle.crt': `${b}\n${c}`,
    'etc/ssl/cert.pem': d,
    'etc/ssl/certs/3513523f.0': symlink('ca-certificates.crt'),
    'etc/ssl/certs/junk.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
  });
  const found = caBundle(root, viewOf({ 'etc/ssl/cert.pem': d }), {});
  expect(letters(found)).toBe('abc');
  expect(found?.isOfHost).toBe(false);
});

test('a root without any leaves those of this host', () => {
  const found = caBundle(viewOf({ 'etc/ssl/cert.pem': 'none' }), viewOf({ 'etc/ssl/cert.pem': d }), {});
  expect(letters(found)).toBe('d');
  expect(found?.isOfHost).toBe(true);
  expect(caBundle(viewOf({}), viewOf({}), {})).toBeUndefined();
});

test('the environment has the last word', () => {
  const directory = makeTree({ 'file.pem': a, 'one/x.pem': b, 'two/y.pem': c });
  const host = rootView(diskTree('/' as HostPath), 'current');
  const root = viewOf({ 'etc/ssl/cert.pem': d });
  const found = caBundle(root, host, {
    SSL_CERT_FILE: join(directory, 'file.pem'),
    SSL_CERT_DIR: `${directory}/one:${directory}/two`,
  });
  expect(letters(found)).toBe('abc');
  expect(found?.isOfHost).toBe(true);
});
