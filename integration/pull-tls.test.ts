import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import type { Tree } from './support/host.js';
import { newImageLayout } from './support/images.js';
import { type PushedImage, pushImage } from './support/push-image.js';
import { startRegistry } from './support/registry.js';
import { newCleanup, tempDir } from './support/temp.js';
import { type CertificateAuthority, newCertificateAuthority } from './support/tls.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let authority: CertificateAuthority;
let plain: PushedImage;
let secure: PushedImage;

beforeAll(async () => {
  authority = await cleanup.use(newCertificateAuthority());
  const certDir = join(await tempDir(cleanup), 'certs.d');
  await authority.writeCertDir(certDir);
  const layout = await newImageLayout(await tempDir(cleanup));
  const image = await layout.addImage({ layers: [{ seed: 'app', sizeBytes: 100 * 1024 }] });
  const [plainRegistry, secureRegistry] = await Promise.all([
    cleanup.use(startRegistry()),
    cleanup.use(startRegistry({ tls: await authority.issue('registry') })),
  ]);
  plain = await pushImage(plainRegistry.host, 'team/app:1', layout, image);
  secure = await pushImage(secureRegistry.host, 'team/app:1', layout, image, { certDir });
});

const certDir = '/etc/pki/example';
const certs = 'etc/pki/example';

describe('a registry without TLS', () => {
  test.each<{ name: string; tree: () => Tree }>([
    { name: 'tls-verify = false', tree: () => dropIn('app', [plain.tagged], { 'tls-verify': false }) },
    { name: 'TLSVerify=false', tree: () => quadlet('app.image', `Image=${plain.tagged}`, 'TLSVerify=false') },
  ])('serves what is bound with $name', async ({ tree }) => {
    const host = await newBoundHost(perTest, { newRoot: tree() });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', error: null }]);
    expect(exitCode).toBe(0);
    expect(await host.stored()).toEqual([plain.tagged]);
  });

  test('is refused without it', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [plain.tagged], {}) });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', attempts: 1, error: { code: 'tls' } }]);
    expect(exitCode).toBe(1);
  });
});

describe('a registry with a certificate of a private authority', () => {
  const bound = () => dropIn('app', [secure.tagged], { 'cert-dir': certDir });

  test.each<{ name: string; tree: () => Tree; certsAt: string }>([
    { name: 'cert-dir', tree: bound, certsAt: certs },
    {
      name: 'CertDir=',
      tree: () => quadlet('app.image', `Image=${secure.tagged}`, `CertDir=${certDir}`),
      certsAt: certs,
    },
    {
      name: 'a cert-dir with an absolute link to the certificate',
      tree: () => ({ ...bound(), [`${certs}/ca.crt`]: { link: '/usr/share/example/ca.crt' } }),
      certsAt: 'usr/share/example',
    },
    {
      name: 'a cert-dir that is an absolute link',
      tree: () => ({ ...bound(), [certs]: { link: '/usr/share/example' } }),
      certsAt: 'usr/share/example',
    },
  ])('is trusted through $name', async ({ tree, certsAt }) => {
    const host = await newBoundHost(perTest, { newRoot: tree() });
    await authority.writeCertDir(join(host.newRoot, certsAt));
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', error: null }]);
    expect(exitCode).toBe(0);
    // The comparison of the tag needs the certificate, too.
    const again = await host.pull();
    expect(again.report).toMatchObject({ images: [{ state: 'present' }], diagnostics: [] });
  });

  test('is trusted through a cert-dir that only the current root has', async () => {
    const host = await newBoundHost(perTest, { newRoot: bound() });
    await authority.writeCertDir(join(host.currentRoot, certs));
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
  });

  test('is refused without a cert-dir', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [secure.tagged], {}) });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', attempts: 1, error: { code: 'tls' } }]);
    expect(report?.images[0]?.error?.message).toContain('certificate signed by unknown authority');
    expect(exitCode).toBe(1);
    expect(await host.stored()).toEqual([]);
  });

  test.each<{ name: string; tree: () => Tree; rule: string }>([
    { name: 'is nowhere', tree: () => ({}), rule: 'path-missing' },
    { name: 'is a file', tree: () => ({ [certs]: '' }), rule: 'path-unusable' },
    {
      name: 'holds a link to a file that only this machine has',
      tree: () => ({ [`${certs}/ca.crt`]: { link: authority.certFile } }),
      rule: 'path-unusable',
    },
  ])('is not asked when the cert-dir $name', async ({ tree, rule }) => {
    const host = await newBoundHost(perTest, { newRoot: { ...bound(), ...tree() } });
    const { exitCode, report } = await host.pull();
    expect(report).toMatchObject({ images: [], diagnostics: [{ rule, severity: 'error' }] });
    expect(exitCode).toBe(3);
  });
});
