import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { estargzLayer, sha256, tocFile } from '../test/support/estargz.js';
import { newBoundHost } from './support/bound-host.js';
import { execOk } from './support/exec.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { hostPlatform } from './support/images.js';
import { checkOnline, placesOf } from './support/online-check.js';
import { podmanOf } from './support/podman-suites.js';
import { type PushedArtifact, pushArtifact, repositoryWriter } from './support/push-artifact.js';
import { newStore } from './support/store.js';
import { tarArchive } from './support/tar.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const kernelType = 'application/vnd.example.vmlinuz';
const kernel = Buffer.alloc(5000, 'kernel');

let source: ImageSource;
let pushed: PushedArtifact;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  pushed = await pushArtifact(
    source.registry.host,
    'team/kernel:1',
    [
      { content: kernel, title: 'vmlinuz', mediaType: kernelType },
      { content: Buffer.from('initramfs'), title: 'initramfs.img' },
      { content: Buffer.from('one'), title: 'twice', mediaType: 'application/vnd.example.part' },
      { content: Buffer.from('two'), title: 'twice', mediaType: 'application/vnd.example.part' },
      { content: Buffer.from('nameless') },
    ],
    { 'org.example.channel': 'stable', 'org.opencontainers.image.version': '6.12.4' },
  );
});

/** The artifact, whose lines begin in line 4, as a drop-in binds it. */
const hostOf = (...lines: readonly string[]) =>
  newBoundHost(perTest, {
    newRoot: {
      'usr/lib/bound-images.d/kernel.toml': [
        '[[artifact]]',
        `reference = "${source.proxy.host}/team/kernel:1"`,
        'tls-verify = false',
        ...lines,
        '',
      ].join('\n'),
    },
  });
const payload = (...lines: readonly string[]) => ['[[artifact.payload]]', ...lines];

describe('the payloads of an artifact', () => {
  test('are found by what its manifest says, and nothing else of it is asked for', async () => {
    const [kernelDigest] = pushed.files;
    const host = await hostOf(
      ...payload(
        'title = "vmlinuz"',
        'as = "kernel/vmlinuz"',
        'max-size = "5000 B"',
        `digest = "${kernelDigest}"`,
      ),
      ...payload(`media-type = "${kernelType}"`, 'as = "kernel/again"'),
      ...payload('title = "initramfs.img"', 'as = "kernel/initramfs.img"'),
    );
    source.proxy.forget();
    const result = await checkOnline(host);
    expect(result).toMatchObject({ exitCode: 0, findings: [] });
    expect(result.images).toMatchObject([{ digest: pushed.digest, platforms: [{ platform: null }] }]);
    expect(source.proxy.requests().filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  });

  test.each<{ name: string; lines: readonly string[]; at: readonly string[]; message: RegExp }>([
    {
      name: 'a title that is not there',
      lines: ['title = "vmlinux"', 'as = "kernel/vmlinuz"'],
      at: ['payload-not-there:6:6'],
      message:
        /kernel:1” has no layer with the title vmlinux, which “kernel\/vmlinuz” should be: there is vmlinuz, initramfs.img, twice$/,
    },
    {
      name: 'a media type that is not there',
      lines: ['as = "kernel/vmlinuz"', 'media-type = "application/vnd.x"'],
      at: ['payload-not-there:5:6'],
      message: /has no layer of the media type application\/vnd\.x/,
    },
    {
      name: 'two layers of a title',
      lines: ['title = "twice"', 'as = "part"'],
      at: ['payload-ambiguous:6:6'],
      message: /has 2 times a layer with the title twice/,
    },
    {
      name: 'two layers of a media type',
      lines: ['media-type = "application/vnd.example.part"', 'as = "part"'],
      at: ['payload-ambiguous:6:6'],
      message: /has 2 times a layer of the media type/,
    },
    {
      name: 'a file that is too large',
      lines: ['title = "vmlinuz"', 'as = "kernel/vmlinuz"', 'max-size = "4999 B"'],
      at: ['payload-too-large:6:6'],
      message:
        /“kernel\/vmlinuz” lets no more through than 4999 B, and the layer with the title vmlinuz of “.*” has 5000 B/,
    },
    {
      name: 'another file, and a larger one',
      lines: ['title = "vmlinuz"', 'as = "x"', 'max-size = "1 kB"', `digest = "sha256:${'0'.repeat(64)}"`],
      at: ['payload-differs:6:6', 'payload-too-large:6:6'],
      message:
        /“x” should have the digest sha256:0+, and the layer with the title vmlinuz of “.*” has sha256:/,
    },
  ])('are refused for $name', async ({ lines, at, message }) => {
    const result = await checkOnline(await hostOf(...payload(...lines)));
    expect(result.exitCode).toBe(3);
    expect(placesOf(result)).toEqual(at);
    expect(result.findings[0]?.message).toMatch(message);
  });
});

describe('what is expected of an artifact', () => {
  test('holds for the annotations of its manifest', async () => {
    const expected = '"org.example.channel" = "stable", "org.opencontainers.image.version" = ">=6.12 <6.13"';
    const result = await checkOnline(await hostOf(`expect = { ${expected} }`));
    expect(result).toMatchObject({ exitCode: 0, findings: [] });
  });

  test.each([
    [
      'another text',
      '"org.example.channel" = "beta"',
      /has “stable” as its “org.example.channel”, which should be “beta”/,
    ],
    ['another version', '"org.opencontainers.image.version" = ">=6.13"', /has “6.12.4” as its/],
    ['nothing', '"org.example.team" = "x"', /has no label or annotation “org.example.team”/],
  ])('is refused where it says %s', async (_, expected, message) => {
    const result = await checkOnline(await hostOf(`expect = { ${expected} }`));
    expect(result.exitCode).toBe(3);
    expect(placesOf(result)).toEqual([expect.stringMatching(/^expectation-unmet:4:/)]);
    expect(result.findings[0]?.message).toMatch(message);
  });
});

describe('the payloads of an image', () => {
  const payloadsOf = (image: string, ...lines: readonly string[]) =>
    newBoundHost(perTest, {
      newRoot: {
        'usr/lib/bound-images.d/ext.toml': [
          '[[image]]',
          `reference = "${source.proxy.host}/team/${image}"`,
          'tls-verify = false',
          ...lines.flatMap((line) => ['[[image.payload]]', line]),
          '',
        ].join('\n'),
      },
    });
  const gvisor = 'gvisor in a few words';
  const lines = [
    `path = "/gvisor.raw"\nas = "extensions/gvisor.raw"\nmax-size = "${gvisor.length} B"\ndigest = "${sha256(Buffer.from(gvisor))}"`,
    'path = "/usr/share"\nas = "share"\nmax-size = "5 B"',
    `path = "/gvisor.raw"\nas = "small"\nmax-size = "1 B"\ndigest = "sha256:${'0'.repeat(64)}"`,
    `path = "/none"\nas = "none"`,
    `path = "/usr/share"\nas = "tree"\ndigest = "sha256:${'0'.repeat(64)}"`,
  ];
  const wrong = [
    'payload-differs:15:6',
    'payload-too-large:15:6',
    'payload-not-there:20:6',
    'payload-differs:23:6',
  ];

  test('are judged by the tables of contents of its layers in eStargz, and no layer is fetched', async () => {
    const layers = [
      estargzLayer([tocFile('gvisor.raw', 'an older one'), tocFile('usr/share/a', 'abc')]),
      estargzLayer([tocFile('gvisor.raw', gvisor), tocFile('usr/share/b', 'de')]),
    ];
    const writer = repositoryWriter(source.registry.host, 'team/estargz');
    const configType = 'application/vnd.oci.image.config.v1+json';
    const config = await writer.putBlob(Buffer.from(JSON.stringify({ ...hostPlatform })), configType);
    const descriptors: object[] = [];
    for (const { blob, annotations } of layers) {
      const type = 'application/vnd.oci.image.layer.v1.tar+gzip';
      descriptors.push({ ...(await writer.putBlob(blob, type)), annotations });
    }
    await writer.putManifest('1', { config, layers: descriptors });
    source.proxy.forget();
    const result = await checkOnline(await payloadsOf('estargz:1', ...lines));
    expect(placesOf(result)).toEqual(wrong);
    expect(result.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /“small” should have the digest sha256:0+, and the file \/gvisor\.raw for linux\/\S+ of “.*” has sha256:/,
      ),
      expect.stringMatching(/“small” lets no more through than 1 B, and the file .* has 21 B/),
      expect.stringMatching(/has no file \/none for linux\/\S+, which “none” should be$/),
      expect.stringMatching(/“tree” should have the digest .* is a directory, which has none/),
    ]);
    const ranges = source.proxy.requests().filter(({ path }) => path.includes('/blobs/'));
    // The config, and of each layer the footer and the table.
    expect(ranges.length).toBeLessThanOrEqual(1 + 2 * layers.length);
  });

  test('are judged by the tables that podman writes in zstd:chunked, where this Node.js can read them', async () => {
    const { podman } = await podmanOf('5.8');
    const store = await perTest.use(newStore());
    const command = (...args: readonly string[]) => execOk(podman, [...store.podmanArgs, ...args]);
    const archive = join(await tempDir(perTest), 'layer.tar');
    const file = (path: string, text: string) => ({
      path,
      sizeBytes: text.length,
      content: [Buffer.from(text)],
    });
    const files = [file('gvisor.raw', gvisor), file('usr/share/a', 'abc'), file('usr/share/b', 'de')];
    await writeFile(archive, Buffer.concat([...tarArchive(files)]));
    const pushed = `${source.registry.host}/team/chunked:1`;
    await command('import', archive, pushed);
    await command('push', '--tls-verify=false', '--compression-format=zstd:chunked', pushed);
    const result = await checkOnline(await payloadsOf('chunked:1', ...lines));
    expect(placesOf(result)).toEqual('zstdDecompress' in zlib ? wrong : []);
  });

  test('are unknown where a layer has no table, and nothing is said', async () => {
    await source.push('team/plain:1');
    const result = await checkOnline(await payloadsOf('plain:1', ...lines));
    expect(result).toMatchObject({ exitCode: 0, findings: [] });
  });
});

test('list shows the payloads, with all that is said of them', async () => {
  const digest = `sha256:${'1'.repeat(64)}`;
  const host = await hostOf(
    ...payload(
      'title = "vmlinuz"',
      'as = "kernel/vmlinuz"',
      'max-size = "64 MiB"',
      'mode = "600"',
      `digest = "${digest}"`,
    ),
    ...payload(`media-type = "${kernelType}"`, 'as = "again"'),
  );
  const { stdout } = await host.run('list');
  expect(stdout).toContain(
    `  payload  layer with the title vmlinuz → kernel/vmlinuz, at most 64 MiB, mode 0600, ${digest}\n` +
      `  payload  layer of the media type ${kernelType} → again, at most 1 GiB\n`,
  );
  const { images } = JSON.parse((await host.run('list', '--format', 'json')).stdout);
  expect(images).toMatchObject([
    {
      kind: 'artifact',
      payloads: [
        {
          title: 'vmlinuz',
          path: null,
          as: 'kernel/vmlinuz',
          maxBytes: 64 * 1024 ** 2,
          mode: '0600',
          digest,
        },
        { mediaType: kernelType, mode: null, digest: null, source: { line: 12, column: 6 } },
      ],
    },
  ]);
});
