import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { authJson, type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { checkOnline, placesOf } from './support/online-check.js';
import { podmanOf } from './support/podman-suites.js';
import { pushImage } from './support/push-image.js';
import { type RegistryAuth, startRegistry } from './support/registry.js';
import { oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';
import { newCertificateAuthority } from './support/tls.js';
import { startTokenServer } from './support/token-server.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const creds = 'robot:correct';
const authfile = '/etc/containers/app.json';
const file = 'etc/containers/app.json';

type Guarded = { readonly source: ImageSource; readonly app: SourceImage };
const guarded = new Map<RegistryAuth['kind'], Guarded>();
let open: Guarded;

beforeAll(async () => {
  const authority = await cleanup.use(newCertificateAuthority());
  const robot = { password: 'correct', repositories: ['*'] };
  const tokens = await cleanup.use(startTokenServer(authority, { robot }));
  for (const auth of [{ kind: 'htpasswd', users: { robot: 'correct' } }, tokens.auth] as const) {
    const source = await newImageSource(cleanup, { auth, creds });
    guarded.set(auth.kind, { source, app: await source.push('team/app:1') });
  }
  const source = await newImageSource(cleanup);
  open = { source, app: await source.push('team/app:1') };
});

function registryWith(kind: RegistryAuth['kind']): Guarded {
  const found = guarded.get(kind);
  if (found === undefined) throw new Error(`no registry with ${kind}`);
  return found;
}

describe.each([{ kind: 'htpasswd' }, { kind: 'token' }] as const)(
  'a registry with $kind authentication',
  ({ kind }) => {
    const authOf = (who: string) => authJson({ [registryWith(kind).source.proxy.host]: who });
    const bound = () => dropIn('app', [registryWith(kind).app.tagged], { authfile, 'tls-verify': false });

    test('is asked with the auth file that the next boot will have', async () => {
      const host = await newBoundHost(perTest, {
        newRoot: { ...bound(), [file]: authOf('robot:stale-password') },
        currentRoot: { [file]: authOf(creds), 'usr/etc': { directory: true } },
      });
      const { images, findings } = await checkOnline(host);
      expect(findings).toEqual([]);
      expect(images).toMatchObject([{ digest: registryWith(kind).app.digest }]);
    });

    test('that refuses every auth file is told with their names, and without their content', async () => {
      const host = await newBoundHost(perTest, {
        newRoot: { ...bound(), [file]: authOf('robot:stale-password') },
        currentRoot: { [file]: authJson({ 'registry.example.com': creds }) },
      });
      const result = await checkOnline(host);
      expect(placesOf(result)).toEqual(['registry-access-denied:2:13']);
      const [finding] = result.findings;
      expect(finding?.message).toContain(`the auth file ${authfile} of the new root`);
      expect(finding?.message).toContain(`the auth file ${authfile} of the current root`);
      expect(JSON.stringify(result)).not.toContain('stale-password');
      expect(finding?.hint).toContain('podman login');
      expect(result.exitCode).toBe(3);
    });
  },
);

describe('registries.conf of the new root', () => {
  const conf = 'etc/containers/registries.conf';
  const mirrored = 'registry.invalid/team/app';
  const mirror = ({ source }: Guarded) => `[[registry]]
location = "registry.invalid"
[[registry.mirror]]
location = "${source.proxy.host}"
insecure = true
`;
  const bound = (reference: string, newRoot: Tree) => ({ ...dropIn('app', [reference], {}), ...newRoot });

  test.each<{ name: string; newRoot: () => Tree }>([
    { name: 'the file itself', newRoot: () => ({ [conf]: mirror(open) }) },
    { name: 'a drop-in', newRoot: () => ({ [`${conf}.d/50-mirror.conf`]: mirror(open) }) },
    {
      name: 'the file in /usr/etc of a root without /etc',
      newRoot: () => ({ [`usr/${conf}`]: mirror(open) }),
    },
  ])('names the mirrors that are asked: $name', async ({ newRoot }) => {
    const host = await newBoundHost(perTest, { newRoot: bound(`${mirrored}:1`, newRoot()) });
    const { images, findings } = await checkOnline(host);
    expect(findings).toEqual([]);
    expect(images).toMatchObject([{ digest: open.app.digest }]);
    expect(await host.leftovers()).toEqual([]);
  });

  test.each(oneOf('check-online-access', ['5.4', '5.8', '6.1']))(
    'names the mirrors that are asked beside podman %s, too',
    async (version) => {
      const { podman } = await podmanOf(version);
      const host = await newBoundHost(perTest, {
        newRoot: bound(`${mirrored}:1`, { [`${conf}.d/50-mirror.conf`]: mirror(open) }),
      });
      expect(await checkOnline(host, '--podman', podman)).toMatchObject({
        findings: [],
        images: [{ digest: open.app.digest }],
      });
    },
  );

  test('leaves what a user has logged in to within reach', async () => {
    const kept = registryWith('htpasswd');
    const home = await tempDir(perTest);
    const auth = authJson({ [kept.source.proxy.host]: creds });
    const newRoot = bound(`${mirrored}:1`, { [conf]: mirror(kept) });
    const logins: readonly (readonly [Tree, Readonly<Record<string, string>>])[] = [
      [{ '.docker/config.json': auth }, { HOME: home }],
      [{ '.config/containers/auth.json': auth }, { HOME: home }],
      [{ 'elsewhere/containers/auth.json': auth }, { XDG_CONFIG_HOME: join(home, 'elsewhere') }],
      [{ 'auth.json': auth }, { REGISTRY_AUTH_FILE: join(home, 'auth.json') }],
    ];
    for (const [tree, env] of logins) {
      await writeTree(home, tree);
      const host = await newBoundHost(perTest, { newRoot, env });
      expect(await checkOnline(host)).toMatchObject({ findings: [], images: [{ digest: kept.app.digest }] });
    }
  });

  test('that blocks the registry is told with its own path', async () => {
    const blocked = '[[registry]]\nlocation = "registry.invalid"\nblocked = true\n';
    const host = await newBoundHost(perTest, { newRoot: bound(`${mirrored}:1`, { [conf]: blocked }) });
    const result = await checkOnline(host);
    expect(placesOf(result)).toEqual(['registry-look-failed:2:13']);
    expect(result.findings[0]?.message).toContain('registry registry.invalid is blocked in /etc/containers/');
    expect(result.findings[0]?.message).not.toContain(host.temporary);
    expect(result.exitCode).toBe(3);
  });

  test('that does not name the mirror of the host hides it', async () => {
    const home = await tempDir(perTest);
    await writeTree(home, { '.config/containers/registries.conf': mirror(open) });
    const own = await newBoundHost(perTest, { newRoot: bound(`${mirrored}:1`, {}), env: { HOME: home } });
    expect(await checkOnline(own)).toMatchObject({ findings: [] });
    const other = await newBoundHost(perTest, {
      newRoot: bound(`${mirrored}:1`, { [conf]: 'unqualified-search-registries = ["quay.io"]\n' }),
      env: { HOME: home },
    });
    expect(await checkOnline(other, '--timeout', '20s')).toMatchObject({
      findings: [{ rule: 'registry-unavailable' }],
      exitCode: 75,
    });
  });
});

test('certs.d of the new root names the authority of a registry', async () => {
  const authority = await cleanup.use(newCertificateAuthority());
  const certDir = join(await tempDir(perTest), 'certs');
  await authority.writeCertDir(certDir);
  const registry = await perTest.use(startRegistry({ tls: await authority.issue('registry') }));
  const { layout } = open.source;
  const { tagged } = await pushImage(registry.host, 'team/app:1', layout, open.app, { certDir });
  const newRoot = dropIn('app', [tagged], {});
  const without = await newBoundHost(perTest, { newRoot });
  expect(placesOf(await checkOnline(without))).toEqual(['registry-look-failed:2:13']);
  const host = await newBoundHost(perTest, { newRoot });
  await authority.writeCertDir(join(host.newRoot, 'etc/containers/certs.d', registry.host));
  expect(await checkOnline(host)).toMatchObject({ findings: [], images: [{ digest: open.app.digest }] });
});
