import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nowhere } from '../src/diagnostic/place.js';
import { noPullOptions } from '../src/model/bound-image.js';
import { type Platform, wantedPlatform } from '../src/model/platform.js';
import { parseReference, type RegistryReference } from '../src/model/reference/reference.js';
import type { Credentials, RegistrySource } from '../src/model/registry-source.js';
import { systemTimer } from '../src/pull/system-timer.js';
import { openRegistryClient } from '../src/tools/registry/client/client.js';
import type { Failed, Found, FoundText, Unsupported } from '../src/tools/registry/found.js';
import { hostPlatform } from '../src/tools/registry/host-platform.js';
import { manifestDigest } from '../src/tools/registry/manifest-digest.js';
import { type Looked, lookUpImage } from '../src/tools/registry/remote-image.js';
import { execOk } from './support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import type { BuiltImage, BuiltIndex, Descriptor } from './support/images.js';
import { pushImage } from './support/push-image.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
afterEach(() => source.proxy.clearFaults());

const requests: string[] = [];
const client = openRegistryClient({
  ca: () => [],
  env: {},
  timer: systemTimer,
  random: Math.random,
  attempts: 1,
  userAgent: 'test',
  observe: (request) => requests.push(request.replace(/https?:\/\/[^/]+/, '')),
});
afterAll(client.close);
const signal = AbortSignal.timeout(120_000);
const host = hostPlatform();
const foreign = { architecture: host.architecture === 's390x' ? 'ppc64le' : 's390x', os: 'linux' };

let source: ImageSource;
let app: SourceImage;
let index: BuiltIndex;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  const layers = [
    { seed: 'base', sizeBytes: 1000 },
    { seed: 'top', sizeBytes: 2000 },
  ];
  index = await source.layout.addIndex([{ layers, platform: foreign }, { layers }]);
  await pushImage(source.registry.host, 'team/both:1', source.layout, index);
});

function referenceOf(text: string): RegistryReference {
  const parsed = parseReference(text);
  if (!parsed.ok || parsed.reference.transport !== 'docker') throw new Error(text);
  return parsed.reference;
}

type Login = Pick<Extract<Credentials, { kind: 'password' }>, 'username' | 'password'>;

/** The place where a reference names something, of which no certificate is verified. */
function placeOf({ registry, repository, tag, digest }: RegistryReference, login?: Login): RegistrySource {
  const credentials: Credentials =
    login === undefined ? { kind: 'anonymous' } : { kind: 'password', ...login };
  return {
    registry: registry ?? '',
    repository,
    reference: digest ?? tag ?? 'latest',
    isInsecure: true,
    certificates: [],
    credentials: async () => credentials,
  };
}

function known<T extends Found | FoundText>(answer: T | Failed | Unsupported): T | Failed {
  if (answer.kind === 'unsupported') throw new Error(answer.what);
  return answer;
}

/** What the registry says of an image. */
function look(text: string, wanted: Platform = host, login?: Login): Promise<Looked> {
  const reference = referenceOf(text);
  const ask = {
    manifest: async (name: string) => {
      const place = placeOf(referenceOf(name), login);
      return known(await client.manifest(place, place.reference, { signal }));
    },
    config: async (name: string) => {
      const place = placeOf(referenceOf(name), login);
      return known(await client.config(place, place.reference, { signal }));
    },
  };
  return lookUpImage(ask, reference, wanted, false);
}

function tagsOf(name: string, login?: Login) {
  return client.tags(placeOf(referenceOf(name), login), { signal });
}

/** The layers, as the registry names them. */
function described({ layers }: BuiltImage) {
  return { layers: layers.map((layer) => ({ digest: layer.digest, size: layer.sizeBytes })) };
}

/** What is in the layout, which is what the registry serves. */
async function content({ digest }: Descriptor) {
  return await readFile(join(source.layout.dir, 'blobs', digest.replace(':', '/')));
}

/** What podman will be answered with, byte for byte. */
async function kept(manifests: readonly Descriptor[], { config }: BuiltImage, isConfigAsked: boolean) {
  return {
    manifests: await Promise.all(
      manifests.map(async (each) => ({
        digest: each.digest,
        mediaType: each.mediaType,
        bytes: await content(each),
      })),
    ),
    config: {
      digest: config.digest,
      size: config.size,
      bytes: isConfigAsked ? await content(config) : null,
    },
    hasForeignLayers: false,
  };
}

describe('an image in a registry', () => {
  test.each(['tagged', 'pinned'] as const)('is described, %s, with two requests', async (name) => {
    await look(app.tagged);
    requests.length = 0;
    const found = await look(app[name]);
    expect(found).toEqual({
      kind: 'found',
      image: { digest: app.digest, ...described(app) },
      instanceDigest: app.digest,
      ...(await kept([app], app, true)),
    });
    expect(requests).toEqual([
      expect.stringMatching(/^GET \/v2\/team\/app\/manifests\//),
      `GET /v2/team/app/blobs/${app.config.digest}`,
    ]);
  });

  test('is found through an index, with two requests', async () => {
    const [there, here] = index.images;
    if (there === undefined || here === undefined) throw new Error('the index has two images');
    const both = `${source.proxy.host}/team/both`;
    requests.length = 0;
    expect(await look(`${both}:1`)).toMatchObject({
      kind: 'found',
      image: { digest: index.digest, ...described(here) },
    });
    expect(requests).toEqual(['1', here.digest].map((each) => `GET /v2/team/both/manifests/${each}`));
    const wanted = { ...foreign, variant: null };
    expect(await look(`${both}@${index.digest}`, wanted)).toEqual({
      kind: 'found',
      image: { digest: index.digest, ...described(there) },
      instanceDigest: there.digest,
      ...(await kept([index, there], there, false)),
    });
  });

  test.each([
    { name: 'app', message: /^the image is for linux\/\w+, and linux\/mips is wanted$/ },
    { name: 'both', message: /^the index has no image for linux\/mips; it has linux\/\w+, linux\/\w+/ },
  ])('is refused for another platform: $name', async ({ name, message }) => {
    const wanted = { architecture: 'mips', os: 'linux', variant: null };
    expect(await look(`${source.proxy.host}/team/${name}:1`, wanted)).toEqual({
      kind: 'failed',
      failure: {
        code: 'no-platform',
        kind: 'permanent',
        message: expect.stringMatching(message),
        hint: null,
      },
    });
  });

  test('has the tags of its repository', async () => {
    await source.push('team/many:b');
    await source.push('team/many:a');
    const ask = (name: string) => tagsOf(`${source.proxy.host}/${name}`);
    expect(await ask('team/many')).toEqual({ kind: 'found', tags: ['a', 'b'] });
    expect(await ask('team/absent')).toMatchObject({
      kind: 'failed',
      failure: { code: 'manifest-unknown', kind: 'permanent' },
    });
  });
});

describe('a failure', () => {
  test('is told apart: no such tag, no such repository, no such digest', async () => {
    const names = ['team/app:2', 'team/absent:1', `team/app@sha256:${'0'.repeat(64)}`];
    for (const name of names) {
      expect(await look(`${source.proxy.host}/${name}`)).toMatchObject({
        kind: 'failed',
        failure: { code: 'manifest-unknown', kind: 'permanent' },
      });
    }
  });

  test('is told apart: credentials that are missing', async () => {
    const users = { robot: 'right' };
    const secured = await newImageSource(cleanup, {
      auth: { kind: 'htpasswd', users },
      creds: 'robot:right',
    });
    const { tagged, digest } = await secured.push('team/app:1');
    const login = { username: 'robot', password: 'right' };
    expect(await look(tagged, host, login)).toMatchObject({ kind: 'found', image: { digest } });
    const failed = { kind: 'failed', failure: { code: 'unauthorized', kind: 'permanent' } };
    expect(await look(tagged)).toMatchObject(failed);
    expect(await look(tagged, host, { username: 'robot', password: 'wrong' })).toMatchObject(failed);
    expect(await tagsOf(`${secured.proxy.host}/team/app`)).toMatchObject(failed);
  });

  test('is other content than the digest names', async () => {
    const served = JSON.stringify({ schemaVersion: 2 });
    source.proxy.addFault({
      path: /app\/manifests\//,
      action: { kind: 'status', status: 200, body: served },
    });
    expect(await look(app.pinned)).toMatchObject({
      kind: 'failed',
      failure: {
        code: 'corrupt',
        kind: 'transient',
        message: expect.stringContaining(`the registry answered with ${manifestDigest(served)}`),
        hint: null,
      },
    });
  });

  test('is a damaged manifest behind a tag', async () => {
    source.proxy.addFault({ path: /app\/manifests\//, action: { kind: 'corrupt' } });
    expect(await look(app.tagged)).toMatchObject({ failure: { code: 'corrupt', kind: 'transient' } });
  });

  test('is a manifest of the index that is gone', async () => {
    source.proxy.addFault({ path: /both\/manifests\/sha256:/, action: { kind: 'status', status: 404 } });
    expect(await look(`${source.proxy.host}/team/both:1`)).toMatchObject({
      failure: { code: 'manifest-unknown', kind: 'permanent' },
    });
  });
});

test('podman pulls the image of an index that was foreseen, whatever is asked for', async () => {
  const platforms = ['arm', 'arm/v5', 'arm/v6', 'arm/v8', 'arm64', 'arm64/v8', 'amd64/v3', 'amd64', 'amd64'];
  const specs = platforms.map((text, position) => {
    const [architecture = '', variant] = text.split('/');
    const platform = { architecture, os: 'linux', ...(variant !== undefined && { variant }) };
    return { layers: [{ seed: `choice-${position}`, sizeBytes: 100 }], platform };
  });
  const choice = await source.layout.addIndex(specs);
  const { tagged } = await pushImage(source.registry.host, 'team/choice:1', source.layout, choice);
  const store = await cleanup.use(newStore());
  const sited = (value: string | undefined) => (value === undefined ? undefined : { value, place: nowhere });
  const rows: readonly (readonly [arch?: string, variant?: string])[] = [
    [],
    ['amd64'],
    ['x86_64', 'v3'],
    ['amd64', 'v2'],
    ['arm'],
    ['arm', '6'],
    ['arm', 'v8'],
    ['armel'],
    ['arm/v5'],
    ['arm64'],
    ['aarch64', 'v8'],
    ['arm64', 'v9'],
  ];
  for (const [arch, variant] of rows) {
    const args = [
      ...(arch === undefined ? [] : [`--arch=${arch}`]),
      ...(variant === undefined ? [] : [`--variant=${variant}`]),
    ];
    const pulled = await store.podman(['pull', '--quiet', '--tls-verify=false', ...args, '--', tagged]);
    const wanted = wantedPlatform(
      { ...noPullOptions, arch: sited(arch), variant: sited(variant) },
      hostPlatform(),
    );
    const foreseen = await look(tagged, wanted);
    const chosen = choice.images.find(({ config }) => config.digest === `sha256:${pulled.stdout.trim()}`);
    expect([arch, variant, foreseen]).toMatchObject([arch, variant, { image: chosen && described(chosen) }]);
  }
});

test('a manifest that was signed in schema 1 has the digest that skopeo finds', async () => {
  const payload = '{\n   "schemaVersion": 1,\n   "name": "zoë",\n   "fsLayers": []\n}';
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const header = { formatLength: Buffer.byteLength(payload) - 2, formatTail: base64url('\n}') };
  const signature = {
    header: { alg: 'ES256' },
    signature: 'x',
    protected: base64url(JSON.stringify(header)),
  };
  const signed = `${payload.slice(0, -2)},\n   "signatures": ${JSON.stringify([signature])}\n}`;
  const file = join(await tempDir(cleanup), 'manifest.json');
  await writeFile(file, signed);
  const oracle = await execOk('skopeo', ['manifest-digest', file]);
  expect(manifestDigest(signed)).toBe(oracle.trim());
});
