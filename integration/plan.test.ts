import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

const kib = 1024;
let source: ImageSource;
let present: SourceImage;
let moving: SourceImage;
let moved: SourceImage;
let missing: readonly SourceImage[];
let host: BoundHost;

const base = { seed: 'base', sizeBytes: 300 * kib };
const shared = { seed: 'shared', sizeBytes: 200 * kib };
const own = (seed: string) => ({ seed, sizeBytes: 100 * kib });

beforeAll(async () => {
  source = await newImageSource(cleanup);
  present = await source.push('team/present:1');
  moving = await source.pushSpec('team/moving:1', { layers: [base, own('before')] });
  missing = await Promise.all(
    ['first', 'second'].map((name) =>
      source.pushSpec(`team/${name}:1`, { layers: [base, shared, own(name)] }),
    ),
  );
  const references = [present.pinned, moving.tagged, ...missing.map(({ tagged }) => tagged)];
  host = await newBoundHost(cleanup, { newRoot: dropIn('apps', references) });
  for (const reference of [present.pinned, moving.tagged]) {
    expect(await host.store.podman(['pull', '--tls-verify=false', reference])).toMatchObject({ exitCode: 0 });
  }
  moved = await source.pushSpec('team/moving:1', { layers: [base, own('after')] });
});
beforeEach(() => source.proxy.forget());

/** The layers of an image as a plan lists them, with the digests that the store has. */
function layersOf({ layers }: SourceImage, stored: readonly string[]) {
  return layers.map(({ digest, sizeBytes }) => ({
    digest,
    size: sizeBytes,
    present: stored.includes(digest),
  }));
}

const sizeOf = (image: SourceImage, ...numbers: readonly number[]) =>
  numbers.reduce((sum, number) => sum + (image.layers[number]?.sizeBytes ?? Number.NaN), 0);

describe('a plan', () => {
  test('tells what is missing, what it costs and in which order it comes', async () => {
    const [first, second] = missing;
    if (!first || !second) throw new Error('two images were pushed');
    const result = await host.run('plan', '--format', 'json');
    const inStore = [moving.layers[0]?.digest ?? ''];
    const downloadBytes = sizeOf(moved, 1) + sizeOf(first, 1, 2) + sizeOf(second, 2);
    const report = JSON.parse(result.stdout);
    const [leader, follower] = report.images[2].startsAfter.length === 0 ? [first, second] : [second, first];
    const startsAfter = (image: SourceImage) => (image === follower ? [leader.tagged] : []);
    expect(report).toEqual({
      schemaVersion: 1,
      root: host.newRoot,
      images: [
        {
          reference: present.pinned,
          store: 'podman',
          state: 'present',
          digest: present.digest,
          layers: [],
          startsAfter: [],
          problem: null,
          error: null,
        },
        {
          reference: moving.tagged,
          store: 'podman',
          state: 'stale',
          digest: moved.digest,
          layers: layersOf(moved, inStore),
          startsAfter: [],
          problem: null,
          error: null,
        },
        ...[first, second].map((image) => ({
          reference: image.tagged,
          store: 'podman',
          state: 'missing',
          digest: image.digest,
          layers: layersOf(image, inStore),
          startsAfter: startsAfter(image),
          problem: null,
          error: null,
        })),
      ],
      totals: {
        images: 4,
        missing: 3,
        layers: 4,
        downloadBytes,
        sharedBytesSaved: sizeOf(first, 1),
        unknown: 0,
      },
      space: {
        fileSystems: expect.arrayContaining([
          expect.objectContaining({ directories: expect.arrayContaining([host.store.root]) }),
        ]),
        expansion: { factor: 2.5, source: 'default' },
      },
      diagnostics: [],
    });
    expect(result.exitCode).toBe(0);
  });

  test('asks for no layer and leaves the store as it was', async () => {
    const stored = await host.store.images();
    expect(await host.run('plan')).toMatchObject({ exitCode: 0 });
    const layers = [moved, ...missing].flatMap((image) => image.layers.map(({ digest }) => digest));
    const asked = source.proxy.requests().flatMap(({ digest }) => digest ?? []);
    expect(asked.filter((digest) => layers.includes(digest))).toEqual([]);
    expect(source.proxy.requests().filter(({ client }) => client === 'podman')).toEqual([]);
    expect(await host.store.images()).toEqual(stored);
    expect(await host.leftovers()).toEqual([]);
  });

  test('reads well', async () => {
    const { stdout, stderr, exitCode } = await host.run('plan');
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(new RegExp(`^present +${present.pinned}$`));
    expect(lines[1]).toMatch(new RegExp(`^stale +10\\d kB  1 of 2 layers +${moving.tagged}$`));
    expect(lines[2]).toMatch(new RegExp(`^missing +308 kB  2 of 3 layers +${missing[0]?.tagged}$`));
    expect(lines.slice(3, 5).sort()).toEqual([
      expect.stringMatching(/^ +after \S+\/team\/(?:first|second):1$/),
      expect.stringMatching(new RegExp(`^missing +308 kB  2 of 3 layers +${missing[1]?.tagged}$`)),
    ]);
    expect(lines.slice(5, 7)).toEqual([
      `4 bound images in ${host.newRoot}: 1 present, 2 missing, 1 stale`,
      expect.stringMatching(/^to download: 5\d\d kB in 4 layers, 20\d kB saved by sharing$/),
    ]);
    expect(lines[7]).toMatch(/^\/\S+.*: \S+ .B free, about \S+ .B during the pulls$/);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  test('asks no registry with --offline', async () => {
    const { stdout, exitCode } = await host.run('plan', '--offline', '--format', 'json');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      images: [
        { state: 'present', digest: present.digest },
        // Nobody told that it has moved.
        { state: 'present', digest: moving.digest, layers: [] },
        { state: 'missing', digest: null, layers: null, error: null },
        { state: 'missing', digest: null, layers: null, error: null },
      ],
      totals: { images: 4, missing: 2, layers: 0, downloadBytes: 0, unknown: 2 },
      diagnostics: [],
    });
    expect(exitCode).toBe(0);
    expect(source.proxy.requests()).toEqual([]);
    const { stdout: text } = await host.run('plan', '--offline');
    expect(text).toContain('2 images of unknown size');
  });

  test('asks the mirrors of the registries.conf that a variable names, as podman does', async () => {
    const conf = join(await tempDir(perTest), 'registries.conf');
    const mirror = `[[registry.mirror]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`;
    await writeFile(conf, `[[registry]]\nlocation = "registry.invalid"\n${mirror}`);
    const mirrored = await newBoundHost(perTest, {
      newRoot: dropIn('app', [`registry.invalid/team/present@${present.digest}`]),
      env: { CONTAINERS_REGISTRIES_CONF: conf },
    });
    const { stdout } = await mirrored.run('plan', '--format', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      images: [{ layers: layersOf(present, []) }],
      diagnostics: [],
    });
  });

  test('says with its status that an image cannot be had', async () => {
    source.proxy.addFault({ path: /team\/second\/manifests/, action: { kind: 'status', status: 404 } });
    const { stdout, exitCode } = await host.run('plan', '--format', 'json');
    expect(JSON.parse(stdout).images).toMatchObject([
      { error: null },
      { error: null },
      { error: null, startsAfter: [] },
      { state: 'missing', layers: null, error: { code: 'manifest-unknown' } },
    ]);
    expect(exitCode).toBe(1);
  });

  test('says with a warning and its status what a registry that does not answer left unknown', async () => {
    source.proxy.addFault({ path: /team\/second\/manifests/, action: { kind: 'stall', afterBytes: 0 } });
    const { stdout, stderr, exitCode } = await host.run('plan', '--format', 'json', '--timeout', '16s');
    expect(stderr).toBe(`waiting for ${source.proxy.host}\n`);
    const report = JSON.parse(stdout);
    expect(report.images[3]).toMatchObject({ state: 'missing', layers: null, error: null });
    expect(report.diagnostics).toMatchObject([{ rule: 'not-looked-up', severity: 'warning' }]);
    expect(report.diagnostics[0].message).toContain('team/second:1');
    expect(exitCode).toBe(75);
  });

  test('of a root that binds nothing needs no podman', async () => {
    const empty = await newBoundHost(perTest, { newRoot: { usr: { directory: true } } });
    const result = await empty.run('plan', '--podman', '/nonexistent/podman', '--format', 'json');
    expect(JSON.parse(result.stdout)).toMatchObject({ images: [], totals: { missing: 0 }, space: null });
    expect(result.exitCode).toBe(0);
  });
});
