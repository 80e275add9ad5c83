import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { hostPlatform } from './support/images.js';
import { pushImage } from './support/push-image.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const ours = `${hostPlatform.os}/${hostPlatform.architecture}`;
const platform = { os: 'linux', architecture: hostPlatform.architecture === 's390x' ? 'ppc64le' : 's390x' };
const theirs = `${platform.os}/${platform.architecture}`;

let source: ImageSource;
let guarded: ImageSource;
let app: SourceImage;
let single: SourceImage;
let index: { readonly digest: string; readonly tagged: string };

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  single = await source.pushSpec('team/single:1', { layers: [{ seed: 's', sizeBytes: 1024 }], platform });
  const built = await source.layout.addIndex([{ layers: [{ seed: 'i', sizeBytes: 1024 }], platform }]);
  await pushImage(source.registry.host, 'team/index:1', source.layout, built);
  index = { digest: built.digest, tagged: `${source.proxy.host}/team/index:1` };
  guarded = await newImageSource(cleanup, { auth: { kind: 'htpasswd', users: { robot: 'correct' } } });
});
beforeEach(() => {
  source.proxy.forget();
  guarded.proxy.forget();
});

describe('an image that no try will bring', () => {
  test.each<{ name: string; reference: () => string; code: string; says: () => string }>([
    {
      name: 'a manifest for another platform',
      reference: () => single.tagged,
      code: 'no-platform',
      says: () => `the image is for ${theirs}, and ${ours} is wanted`,
    },
    {
      name: 'an index without this platform',
      reference: () => index.tagged,
      code: 'no-platform',
      says: () => `the index has no image for ${ours}; it has ${theirs}`,
    },
    {
      name: 'a tag that is absent',
      reference: () => `${source.proxy.host}/team/app:2`,
      code: 'manifest-unknown',
      says: () => 'manifest unknown',
    },
    {
      name: 'a repository that is absent',
      reference: () => `${source.proxy.host}/team/absent:1`,
      code: 'manifest-unknown',
      says: () => 'manifest unknown',
    },
    {
      name: 'one that wants credentials',
      reference: () => `${guarded.proxy.host}/team/secret:1`,
      code: 'unauthorized',
      says: () => `${guarded.proxy.host} refuses access`,
    },
  ])('is found before podman is asked to pull it: $name', async ({ reference, code, says }) => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [reference()]) });
    const error = { code, message: expect.stringContaining(says()), hint: expect.any(String) };

    const planned = await host.run('plan', '--format', 'json');
    expect(JSON.parse(planned.stdout).images).toMatchObject([{ state: 'missing', layers: null, error }]);
    expect(planned.exitCode).toBe(1);

    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', digest: null, attempts: 1, bytes: 0, error }]);
    expect(exitCode).toBe(1);

    const requests = [...source.proxy.requests(), ...guarded.proxy.requests()];
    expect(requests.filter(({ client }) => client !== 'ours')).toEqual([]);
    expect(await host.stored()).toEqual([]);
  });

  test('does not stop the others', async () => {
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [single.tagged, app.tagged, index.tagged]),
    });
    const { exitCode, report } = await host.pull();
    expect(report?.images.map(({ state }) => state)).toEqual(['failed', 'pulled', 'failed']);
    expect(exitCode).toBe(1);
    expect(await host.stored()).toEqual([app.tagged]);
  });
});

test('an image for another platform is pulled when the drop-in asks for that platform', async () => {
  const options = { 'tls-verify': false, arch: platform.architecture };
  const host = await newBoundHost(perTest, {
    newRoot: dropIn('apps', [single.tagged, index.tagged], options),
  });
  const { exitCode, report } = await host.pull();
  expect(report?.images).toMatchObject([
    { state: 'pulled', digest: single.digest },
    { state: 'pulled', digest: index.digest },
  ]);
  expect(exitCode).toBe(0);
});
