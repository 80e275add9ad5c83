import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { checkOnline, placesOf } from './support/online-check.js';
import { type PushedArtifact, pushArtifact } from './support/push-artifact.js';
import { newCleanup } from './support/temp.js';

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
