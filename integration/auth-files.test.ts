import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, outputOf } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import { authJson, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import type { RegistryAuth } from './support/registry.js';
import { newCleanup } from './support/temp.js';
import { newCertificateAuthority } from './support/tls.js';
import { startTokenServer } from './support/token-server.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const password = 'correct:horse';
const creds = `robot:${password}`;
const authfile = '/etc/containers/app.json';
const file = 'etc/containers/app.json';
const options = { authfile, 'tls-verify': false };

type Kind = RegistryAuth['kind'];
type Guarded = { readonly source: ImageSource; readonly app: SourceImage };
const guarded = new Map<Kind, Guarded>();

beforeAll(async () => {
  const authority = await cleanup.use(newCertificateAuthority());
  const robot = { password, repositories: ['*'] };
  const tokens = await cleanup.use(startTokenServer(authority, { robot }));
  for (const auth of [{ kind: 'htpasswd', users: { robot: password } }, tokens.auth] as const) {
    const source = await newImageSource(cleanup, { auth, creds });
    guarded.set(auth.kind, { source, app: await source.push('team/app:1') });
  }
});

function registryWith(kind: Kind): Guarded & { readonly host: string } {
  const found = guarded.get(kind);
  if (found === undefined) throw new Error(`no registry with ${kind}`);
  return { ...found, host: found.source.proxy.host };
}

const kinds = [{ kind: 'htpasswd' }, { kind: 'token' }] as const;

describe.each(kinds)('a registry with $kind authentication', ({ kind }) => {
  const right = () => authJson({ [registryWith(kind).host]: creds });
  const stale = () => authJson({ [registryWith(kind).host]: 'robot:expired' });
  const elsewhere = () => authJson({ 'registry.example.com': creds });

  test.each<{ name: string; newRoot?: () => Tree; currentRoot?: () => Tree }>([
    { name: 'only the new root has', newRoot: () => ({ [file]: right() }) },
    { name: 'only the current root has', currentRoot: () => ({ [file]: right() }) },
    {
      name: 'the current root has, behind one for another registry in the new root',
      newRoot: () => ({ [file]: elsewhere() }),
      currentRoot: () => ({ [file]: right() }),
    },
    {
      name: 'the current root has, behind a stale one in the new root',
      newRoot: () => ({ [file]: stale() }),
      currentRoot: () => ({ [file]: right() }),
    },
    {
      name: 'the new root has, before a stale one in the current root',
      newRoot: () => ({ [file]: right() }),
      currentRoot: () => ({ [file]: stale() }),
    },
    {
      name: 'the new root has behind an absolute link',
      newRoot: () => ({ [file]: { link: '/usr/lib/app.json' }, 'usr/lib/app.json': right() }),
    },
  ])('takes the auth file that $name', async ({ newRoot, currentRoot }) => {
    const { app } = registryWith(kind);
    const host = await newBoundHost(perTest, {
      newRoot: { ...dropIn('app', [app.tagged], options), ...newRoot?.() },
      currentRoot: currentRoot?.() ?? {},
    });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1, error: null }]);
    expect(exitCode).toBe(0);
    // The comparison of the tag needs the credentials, too.
    const again = await host.pull();
    expect(again.report).toMatchObject({ images: [{ state: 'present' }], diagnostics: [] });
  });

  test('is not served without an auth file, and the error says so', async () => {
    const { app, host: registry } = registryWith(kind);
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const { exitCode, report } = await host.pull();
    const [image] = report?.images ?? [];
    expect(image).toMatchObject({ state: 'failed', attempts: 1 });
    expect(['unauthorized', 'denied']).toContain(image?.error?.code);
    expect(image?.error?.message).toContain(registry);
    expect(image?.error?.message).toContain('no auth file was found');
    expect(image?.error?.hint).toContain('podman login');
    expect(exitCode).toBe(1);
  });

  test.each<{ name: string; root: 'new' | 'current'; text: () => string; says: string }>([
    { name: 'without an entry, in the new root', root: 'new', text: elsewhere, says: 'has no entry' },
    { name: 'without an entry, in the current root', root: 'current', text: elsewhere, says: 'has no entry' },
    { name: 'with a stale entry, in the new root', root: 'new', text: stale, says: 'has an entry' },
    { name: 'with a stale entry, in the current root', root: 'current', text: stale, says: 'has an entry' },
  ])('names the auth file that it refuses: $name', async ({ root, text, says }) => {
    const { app, host: registry } = registryWith(kind);
    const tree = { [file]: text() };
    const host = await newBoundHost(perTest, {
      newRoot: { ...dropIn('app', [app.tagged], options), ...(root === 'new' && tree) },
      currentRoot: root === 'current' ? tree : {},
    });
    const result = await host.pull();
    const message = result.report?.images[0]?.error?.message;
    expect(message).toContain(registry);
    expect(message).toContain(`${authfile} of the ${root} root`);
    expect(message).toContain(join(root === 'new' ? host.newRoot : host.currentRoot, file));
    expect(message).toContain(says);
    expect(result.exitCode).toBe(1);
    expect(outputOf(result)).not.toContain('expired');
  });
});

test('each of two registries gets the credentials of the root that has some for it', async () => {
  const [basic, token] = [registryWith('htpasswd'), registryWith('token')];
  const host = await newBoundHost(perTest, {
    newRoot: {
      ...dropIn('app', [basic.app.tagged, token.app.tagged], options),
      [file]: authJson({ [basic.host]: creds }),
    },
    currentRoot: { [file]: authJson({ [token.host]: creds }) },
  });
  const listed = JSON.parse((await host.run('list', '--format', 'json')).stdout);
  expect(listed.images).toMatchObject([
    { reference: basic.app.tagged, authfile: { path: authfile, root: 'new' } },
    { reference: token.app.tagged, authfile: { path: authfile, root: 'current' } },
  ]);
  const { exitCode, report } = await host.pull();
  expect(report?.images).toMatchObject([
    { reference: basic.app.tagged, state: 'pulled' },
    { reference: token.app.tagged, state: 'pulled' },
  ]);
  expect(exitCode).toBe(0);
});

describe('an auth file that is nowhere', () => {
  test.each([
    { name: 'AuthFile=', line: `AuthFile=${authfile}` },
    { name: 'PodmanArgs=--authfile', line: `PodmanArgs=--authfile=${authfile}` },
  ])('stops everything before the first pull, all places named: $name', async ({ line }) => {
    const { app, source } = registryWith('htpasswd');
    const host = await newBoundHost(perTest, {
      newRoot: quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', line),
    });
    source.proxy.forget();
    const { exitCode, report } = await host.pull();
    expect(report).toMatchObject({ images: [], diagnostics: [{ rule: 'authfile-missing', line: 4 }] });
    for (const text of [authfile, host.newRoot, host.currentRoot]) {
      expect(report?.diagnostics[0]?.message).toContain(text);
    }
    expect(exitCode).toBe(3);
    expect(source.proxy.requests()).toEqual([]);
    expect(await host.run('check')).toMatchObject({ exitCode: 3 });
  });
});
