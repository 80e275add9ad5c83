import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { startChecked } from './support/checked-cli.js';
import { quadlet } from './support/entries.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import type { BuiltImage, BuiltIndex, ImageSpec } from './support/images.js';
import { checkOnline, placesOf } from './support/online-check.js';
import { pushImage } from './support/push-image.js';
import { newCleanup } from './support/temp.js';
import { serveSilence } from './support/unhelpful-servers.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

const amd64 = { architecture: 'amd64', os: 'linux' };
const arm64 = { architecture: 'arm64', os: 'linux' };
const conf = 'etc/containers/registries.conf';
const both = ['--platform', 'linux/arm64,linux/amd64'];
let source: ImageSource;
let index: BuiltIndex;
let other: BuiltIndex;

const spec = (seed: string, platform: ImageSpec['platform']): ImageSpec => ({
  layers: [
    { seed: 'base', sizeBytes: 3000 },
    { seed, sizeBytes: 2000 },
    { seed: 'base', sizeBytes: 3000 },
  ],
  ...(platform && { platform }),
  labels: { 'org.example.channel': 'stable', 'org.opencontainers.image.version': 'v2.4' },
  annotations: { 'org.example.channel': 'annotated', 'org.example.team': seed },
});

beforeAll(async () => {
  source = await newImageSource(cleanup);
  index = await source.layout.addIndex([spec('amd64', amd64), spec('arm64', arm64)]);
  other = await source.layout.addIndex([spec('newer', amd64)]);
  await pushImage(source.registry.host, 'team/both:1', source.layout, index);
  await pushImage(source.registry.host, 'team/moved:1', source.layout, index);
  await pushImage(source.registry.host, 'team/moved:1', source.layout, other);
  await source.pushSpec('team/single:1', spec('single', amd64));
});

/** A drop-in of one image, whose reference stands in line 2. */
const table = (reference: string, ...lines: readonly string[]): Tree => ({
  'usr/lib/bound-images.d/app.toml': [
    '[[image]]',
    `reference = "${reference}"`,
    'tls-verify = false',
    ...lines,
    '',
  ].join('\n'),
});

const newHost = (newRoot: Tree, env: Readonly<Record<string, string>> = {}): Promise<BoundHost> =>
  newBoundHost(perTest, { newRoot, env });

const named = (rest: string) => `${source.proxy.host}/team/${rest}`;
const platformOf = ({ platform, digest, layers }: BuiltImage) => ({
  platform: `${platform.os}/${platform.architecture}`,
  digest,
  bytes: [...new Set(layers)].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
});

describe('an image that the registry has', () => {
  test('is told with its digest, its platforms and what a host downloads of each', async () => {
    const host = await newHost(table(named('both:1')));
    const result = await checkOnline(host, '--platform', 'linux/arm64', '--platform', 'linux/x86_64');
    expect(result).toMatchObject({ exitCode: 0, findings: [] });
    const [first, second] = index.images.map(platformOf);
    expect(result.images).toEqual([
      { reference: named('both:1'), digest: index.digest, platforms: [second, first] },
    ]);
    const { stdout } = await host.run('check', '--online', ...both);
    expect(stdout).toMatch(
      new RegExp(`^${named('both:1')}\n  ${index.digest}  linux/arm64 5\\.\\d kB, linux/amd64 5\\.\\d kB\n`),
    );
    expect(await host.leftovers()).toEqual([]);
  });

  test('is looked for on the platform that its own entry says, whatever the hosts are', async () => {
    const host = await newHost(table(named('both:1'), 'arch = "amd64"'));
    const { images, findings } = await checkOnline(host, '--platform', 'linux/s390x');
    expect(findings).toEqual([]);
    expect(images).toMatchObject([{ platforms: [{ platform: 'linux/amd64' }] }]);
  });

  test('is asked for under every tag, where all are bound', async () => {
    const unit = quadlet('app.image', `Image=${named('tagged')}`, 'AllTags=true', 'TLSVerify=false');
    for (const tag of ['a', 'b']) {
      await pushImage(source.registry.host, `team/tagged:${tag}`, source.layout, index);
    }
    const { images, findings } = await checkOnline(await newHost(unit), '--platform', 'linux/amd64');
    expect(findings).toEqual([]);
    expect(images).toMatchObject(
      ['a', 'b'].map((tag) => ({ reference: named(`tagged:${tag}`), digest: index.digest })),
    );
  });

  test('is asked for nothing that a plan would not ask: no layer', async () => {
    const host = await newHost(table(named('both:1')));
    source.proxy.forget();
    await checkOnline(host, ...both);
    const layers = index.images.flatMap((image) => image.layers.map(({ digest }) => digest));
    expect(source.proxy.requests().filter(({ digest }) => digest && layers.includes(digest))).toEqual([]);
  });
});

describe('a finding', () => {
  const absent = `sha256:${'0'.repeat(64)}`;

  test.each<{ name: string; tree: () => Tree; args?: readonly string[]; at: string; message: () => RegExp }>([
    {
      name: 'a tag that is not there',
      tree: () => table(named('both:2')),
      at: 'image-not-in-registry:2:13',
      message: () => /team\/both:2”, so no host can pull it: .*manifest unknown/,
    },
    {
      name: 'a repository that is not there',
      tree: () => table(named('none:1')),
      at: 'image-not-in-registry:2:13',
      message: () => /team\/none:1/,
    },
    {
      name: 'a digest that is not there',
      tree: () => table(named(`both@${absent}`)),
      at: 'image-not-in-registry:2:13',
      message: () => new RegExp(absent),
    },
    {
      name: 'an image that a unit names',
      tree: () => quadlet('app.image', `Image=${named('both:2')}`, 'TLSVerify=false'),
      at: 'image-not-in-registry:2:7',
      message: () => /team\/both:2/,
    },
    {
      name: 'an index without the platform of some hosts',
      tree: () => table(named('both:1')),
      args: ['--platform', 'linux/arm64,linux/s390x'],
      at: 'platform-missing:2:13',
      message: () =>
        /the platform linux\/s390x: the index has no image for .* it has linux\/amd64, linux\/arm64/,
    },
    {
      name: 'a tag of an image for one platform',
      tree: () => table(named('single:1')),
      args: both,
      at: 'platform-missing:2:13',
      message: () => /the platform linux\/arm64: the image is for linux\/amd64/,
    },
    {
      name: 'a digest of one of the images of an index',
      tree: () => table(named(`both@${index.images[0]?.digest}`)),
      args: both,
      at: 'digest-of-one-platform:2:13',
      message: () => /hosts of the platform linux\/arm64 cannot run it/,
    },
    {
      name: 'a tag that names another image than the digest beside it',
      tree: () => table(named(`moved:1@${index.digest}`)),
      args: ['--platform', 'linux/amd64'],
      at: 'digest-moved:2:13',
      message: () => new RegExp(`team/moved:1” now means another image, ${other.digest}`),
    },
    {
      name: 'a tag in the comment before a digest, as a fix writes it',
      tree: () =>
        quadlet(
          'app.image',
          `# renovate: datasource=docker depName=${named('moved')} currentValue=1`,
          `Image=${named(`moved@${index.digest}`)}`,
          'TLSVerify=false',
        ),
      args: ['--platform', 'linux/amd64'],
      at: 'digest-moved:3:7',
      message: () => new RegExp(`team/moved:1” now means another image, ${other.digest}`),
    },
    {
      name: 'a tag beside a digest that is gone',
      tree: () => table(named(`moved:2@${index.digest}`)),
      args: ['--platform', 'linux/amd64'],
      at: 'digest-moved:2:13',
      message: () => /team\/moved:2” is gone from the registry/,
    },
  ])('says where and why: $name', async ({ tree, args = ['--platform', 'linux/amd64'], at, message }) => {
    const host = await newHost(tree());
    const result = await checkOnline(host, ...args);
    expect(placesOf(result)).toEqual([at]);
    expect(result.findings[0]?.message).toMatch(message());
    expect(result.exitCode).toBe(result.findings[0]?.severity === 'error' ? 3 : 0);
  });

  test.each([
    { name: 'a tag that still names the digest beside it', reference: () => named(`both:1@${index.digest}`) },
    {
      name: 'a tag of the index that has the digest beside it',
      reference: () => named(`both:1@${index.images[0]?.digest}`),
    },
  ])('is not made of $name', async ({ reference }) => {
    const host = await newHost(table(reference()));
    const { findings, exitCode } = await checkOnline(host, '--platform', 'linux/amd64');
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('says where and why: a short name that the next boot cannot resolve', async () => {
    const host = await newHost({ ...table('team/both:1'), [conf]: '' });
    const result = await checkOnline(host);
    expect(placesOf(result)).toEqual(['registry-look-failed:2:13']);
    expect(result.findings[0]?.message).toContain('no unqualified-search-registries');
    expect(result.images).toEqual([{ reference: 'team/both:1', digest: null, platforms: [] }]);
    expect(result.exitCode).toBe(3);
  });
});

describe('a short name', () => {
  test.each([
    { name: 'an alias', text: () => `[aliases]\n"both" = "${named('both')}"\n`, short: 'both:1' },
    {
      name: 'the registry that is searched',
      text: () => `unqualified-search-registries = ["${source.proxy.host}"]\n`,
      short: 'team/both:1',
    },
  ])('is asked for where registries.conf of the next boot has $name', async ({ text, short }) => {
    const host = await newHost({ ...table(short), [conf]: text() });
    const { images, findings, exitCode } = await checkOnline(host, '--platform', 'linux/amd64');
    expect(findings).toEqual([]);
    expect(images).toMatchObject([{ reference: short, digest: index.digest }]);
    expect(exitCode).toBe(0);
  });
});

describe('what is expected of an image', () => {
  const expecting = (text: string) => table(named('both:1'), `expect = { ${text} }`);

  test.each([
    { name: 'a label', text: '"org.example.channel" = "stable"' },
    { name: 'an annotation', text: '"org.example.team" = "amd64"' },
    { name: 'a range of versions', text: '"org.opencontainers.image.version" = ">=2.4 <3"' },
  ])('is met by $name', async ({ text }) => {
    const host = await newHost(expecting(text));
    const { findings, exitCode } = await checkOnline(host, '--platform', 'linux/amd64');
    expect(findings).toEqual([]);
    expect(exitCode).toBe(0);
  });

  test('is met by none of the others, each at its own place', async () => {
    const host = await newHost({
      ...expecting('"org.example.channel" = "beta", "org.opencontainers.image.version" = "^3"'),
      'usr/lib/bound-images.d/more.toml': `[[image]]
reference = "${named('both:1')}"
expect."org.example.team" = "amd64"
expect."org.example.owner" = "us"
`,
    });
    const result = await checkOnline(host, ...both);
    expect(result.findings.map(({ file, line, message }) => [file, line, message])).toEqual([
      [
        expect.stringContaining('app.toml'),
        4,
        expect.stringContaining('“stable” as its “org.example.channel”'),
      ],
      [expect.stringContaining('app.toml'), 4, expect.stringContaining('“v2.4” as its “org.opencontainers')],
      [expect.stringContaining('more.toml'), 3, expect.stringContaining('for linux/arm64 has “arm64”')],
      [
        expect.stringContaining('more.toml'),
        4,
        expect.stringContaining('for linux/arm64, linux/amd64 has no label'),
      ],
    ]);
    expect(result.exitCode).toBe(3);
  });

  test('is an error without a registry where it is no range that can be read', async () => {
    const host = await newHost(expecting('version = ">=2.x.y"'));
    const { stdout, exitCode } = await host.run('check', '--format', 'json');
    expect(JSON.parse(stdout).diagnostics).toContainEqual(
      expect.objectContaining({ rule: 'expectation-invalid', line: 4, column: 22 }),
    );
    expect(exitCode).toBe(3);
  });
});

describe('a registry that does not answer', () => {
  test('is told with a warning and its own exit status, when it is gone', async () => {
    const pinned = `127.0.0.1:1/team/app@sha256:${'0'.repeat(64)}`;
    const host = await newHost({ 'usr/lib/bound-images.d/app.toml': `images = ["${pinned}"]\n` });
    const result = await checkOnline(host, '--strict');
    expect(placesOf(result)).toEqual(['registry-unavailable:1:11']);
    expect(result.exitCode).toBe(75);
    const { stdout, exitCode } = await host.run('check', '--online', '--quiet', '--timeout', '30s');
    expect(stdout).toMatch(/connection refused .*\[registry-unavailable\]/);
    expect(exitCode).toBe(75);
  });

  test('is waited for no longer than the time limit allows', async () => {
    const port = await serveSilence(perTest);
    const host = await newHost({
      ...table(`127.0.0.1:${port}/team/app:1`),
      'usr/lib/bound-images.d/b.toml': `[[image]]\nreference = "${named('both:1')}"\ntls-verify = false\n`,
    });
    const start = performance.now();
    const result = await checkOnline(host, '--timeout', '16s');
    expect(performance.now() - start).toBeLessThan(16_000);
    expect(result.stderr).toBe(`waiting for 127.0.0.1:${port}\n`);
    expect(placesOf(result)).toEqual(['registry-unavailable:2:13']);
    expect(result.images).toMatchObject([{ digest: null }, { digest: index.digest }]);
    expect(result.exitCode).toBe(75);
  });

  test('does not hide what is wrong otherwise', async () => {
    const host = await newHost({
      ...table('127.0.0.1:1/team/app:1'),
      'usr/lib/bound-images.d/b.toml': `[[image]]\nreference = "${named('both:2')}"\ntls-verify = false\n`,
    });
    const { exitCode } = await checkOnline(host);
    expect(exitCode).toBe(3);
  });
});

describe('the command', () => {
  test('needs no other program', async () => {
    const host = await newHost(table(named('both:1')), { PATH: '' });
    expect(await checkOnline(host, '--platform', 'linux/amd64')).toMatchObject({
      exitCode: 0,
      findings: [],
      images: [{ digest: index.digest }],
    });
  });

  test.each([
    { name: 'platforms that nobody is asked for', args: ['--platform', 'linux/amd64'] },
    { name: 'a platform without an operating system', args: ['--online', '--platform', 'arm64'] },
  ])('refuses $name', async ({ args }) => {
    const host = await newHost(table(named('both:1')));
    const { exitCode, stderr } = await host.run('check', ...args);
    expect(stderr).toContain('--platform');
    expect(exitCode).toBe(2);
  });

  test('that a signal stops ends with its status, and leaves no file behind', async () => {
    source.proxy.addFault({ path: /./, action: { kind: 'hold', until: new Promise(() => undefined) } });
    source.proxy.forget();
    const host = await newHost(table(named('both:1')));
    const roots = ['--root', host.newRoot, '--current-root', host.currentRoot];
    const live = startChecked(['check', '--online', ...roots], { env: { TMPDIR: host.temporary } });
    await waitUntil('it asks', () => source.proxy.requests().length > 0);
    live.kill('SIGTERM');
    expect(await live.finished).toMatchObject({ exitCode: 143, stdout: '' });
    expect(await host.leftovers()).toEqual([]);
  });

  test('asks no registry without --online', async () => {
    const host = await newHost(table(named('both:1')));
    source.proxy.forget();
    const { stdout } = await host.run('check', '--format', 'json');
    expect(source.proxy.requests()).toEqual([]);
    expect(JSON.parse(stdout)).not.toHaveProperty('images');
  });
});
