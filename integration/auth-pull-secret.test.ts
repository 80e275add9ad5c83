import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { authJson, type Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const creds = 'robot:correct';
let source: ImageSource;
let app: SourceImage;

beforeAll(async () => {
  const users = { robot: 'correct' };
  source = await newImageSource(cleanup, { auth: { kind: 'htpasswd', users }, creds });
  app = await source.push('team/app:1');
});

const right = () => authJson({ [source.proxy.host]: creds });
const wrong = () => authJson({ [source.proxy.host]: 'robot:wrong' });

type Trees = { readonly newRoot?: Tree; readonly currentRoot?: Tree };

function newHost({ newRoot, currentRoot = {} }: Trees, authfile?: string): Promise<BoundHost> {
  const options = { 'tls-verify': false, ...(authfile !== undefined && { authfile }) };
  return newBoundHost(perTest, {
    newRoot: { ...dropIn('app', [app.tagged], options), ...newRoot },
    currentRoot,
  });
}

describe('the global pull secret', () => {
  test.each<{ name: string; trees: () => Trees }>([
    { name: 'etc/ostree of the new root', trees: () => ({ newRoot: { 'etc/ostree/auth.json': right() } }) },
    {
      name: 'usr/lib/ostree of the new root',
      trees: () => ({ newRoot: { 'usr/lib/ostree/auth.json': right() } }),
    },
    {
      name: 'usr/etc/ostree of a new root without etc',
      trees: () => ({ newRoot: { 'usr/etc/ostree/auth.json': right() } }),
    },
    {
      name: 'run/ostree of the current root',
      trees: () => ({ currentRoot: { 'run/ostree/auth.json': right() } }),
    },
    {
      name: 'etc/ostree of the current root',
      trees: () => ({ currentRoot: { 'etc/ostree/auth.json': right() } }),
    },
    {
      name: 'usr/lib/ostree of the current root',
      trees: () => ({ currentRoot: { 'usr/lib/ostree/auth.json': right() } }),
    },
    {
      name: 'the current root, behind one for another registry in the new root',
      trees: () => ({
        newRoot: { 'etc/ostree/auth.json': authJson({ 'registry.example.com': creds }) },
        currentRoot: { 'usr/lib/ostree/auth.json': right() },
      }),
    },
  ])('is found in $name', async ({ trees }) => {
    const host = await newHost(trees());
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1, error: null }]);
    expect(exitCode).toBe(0);
  });

  test('does not count in run/ostree of the new root, which the next boot will not see', async () => {
    const host = await newHost({ newRoot: { 'run/ostree/auth.json': right() } });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', error: { code: 'unauthorized' } }]);
    expect(exitCode).toBe(1);
  });

  test('does not count where the entry names an auth file', async () => {
    const authfile = '/etc/containers/auth.json';
    const host = await newHost(
      { newRoot: { 'etc/containers/auth.json': '{}', 'etc/ostree/auth.json': right() } },
      authfile,
    );
    const { exitCode, report } = await host.pull();
    expect(report?.images[0]?.error?.message).toContain(authfile);
    expect(exitCode).toBe(1);
  });
});

describe('an auth file in the /etc of the next boot', () => {
  const path = 'etc/containers/auth.json';

  test.each<{ name: string; trees: () => Trees; root: 'new' | 'current' }>([
    {
      name: 'the current root’s, which was changed on this host',
      trees: () => ({
        newRoot: { [path]: wrong() },
        currentRoot: { [path]: right(), [`usr/${path}`]: wrong() },
      }),
      root: 'current',
    },
    {
      name: 'the current root’s, which was added on this host',
      trees: () => ({
        newRoot: { [path]: wrong() },
        currentRoot: { [path]: right(), 'usr/etc': { directory: true } },
      }),
      root: 'current',
    },
    {
      name: 'the new root’s, when the current root’s is as it was shipped',
      trees: () => ({
        newRoot: { [path]: right() },
        currentRoot: { [path]: wrong(), [`usr/${path}`]: wrong() },
      }),
      root: 'new',
    },
    {
      name: 'the new root’s default, when the current root’s is as it was shipped',
      trees: () => ({
        newRoot: { [`usr/${path}`]: right() },
        currentRoot: { [path]: wrong(), [`usr/${path}`]: wrong() },
      }),
      root: 'new',
    },
    {
      name: 'the new root’s, when the current root is no ostree deployment',
      trees: () => ({ newRoot: { [path]: right() }, currentRoot: { [path]: wrong() } }),
      root: 'new',
    },
    {
      name: 'the new root’s, when its /etc is transient',
      trees: () => ({
        newRoot: { [path]: right(), 'usr/lib/ostree/prepare-root.conf': '[etc]\ntransient = true\n' },
        currentRoot: { [path]: wrong(), [`usr/${path}`]: '{}' },
      }),
      root: 'new',
    },
  ])('is $name', async ({ trees, root }) => {
    const authfile = `/${path}`;
    const host = await newHost(trees(), authfile);
    const listed = JSON.parse((await host.run('list', '--format', 'json')).stdout);
    expect(listed.images).toMatchObject([{ authfile: { path: authfile, root } }]);
    source.proxy.forget();
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1, error: null }]);
    expect(exitCode).toBe(0);
    // Wrong credentials before the right ones would have been refused here.
    const manifests = source.proxy.requests().filter(({ path: asked }) => asked.includes('/manifests/'));
    const refused = manifests.filter(({ status, isAuthorized }) => isAuthorized && status !== 200);
    expect(refused).toEqual([]);
    expect(manifests.some(({ isAuthorized }) => isAuthorized)).toBe(true);
  });
});
