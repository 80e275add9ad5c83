import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newBoundHost, parseReport } from './support/bound-host.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { pushImage } from './support/push-image.js';
import { newProgramLog, type ProgramLog } from './support/stand-in.js';
import { newCleanup } from './support/temp.js';
import { blobTraffic } from './support/traffic.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let first: SourceImage;
let second: SourceImage;
let podman: ProgramLog;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  first = await source.push('team/first:1');
  second = await source.push('other/second:1');
});
afterEach(() => {
  source.proxy.clearFaults();
  source.proxy.throttle(undefined);
});
beforeEach(async () => {
  await source.proxy.accept();
  podman = await newProgramLog(perTest, 'podman');
});

/** Pulls `references` onto a new host; later pulls are the second run, with only their traffic on record. */
async function hostWith(references: readonly string[]) {
  const host = await newBoundHost(perTest, { newRoot: dropIn('apps', references) });
  const pull = (...args: readonly string[]) => host.pull('--podman', podman.path, ...args);
  expect(await host.pull()).toMatchObject({ exitCode: 0 });
  source.proxy.forget();
  return { ...host, pull };
}

const requests = () => source.proxy.requests().map(({ method, path }) => `${method} ${path}`);

describe('a second run', () => {
  test('asks podman for its images and its store, and nobody else, when all is present by digest', async () => {
    const host = await hostWith([first.pinned, second.pinned]);
    const { exitCode, report } = await host.pull();
    expect(report).toMatchObject({
      images: [
        { reference: first.pinned, state: 'present', digest: first.digest, attempts: 0 },
        { reference: second.pinned, state: 'present', digest: second.digest, attempts: 0 },
      ],
      diagnostics: [],
    });
    expect(exitCode).toBe(0);
    expect(requests()).toEqual([]);
    expect((await podman.calls()).toSorted()).toEqual([
      expect.stringContaining(' images '),
      expect.stringContaining(' info '),
    ]);
  });

  test('asks for the manifest of each tag that is present, and for no blob', async () => {
    const host = await hostWith([first.tagged, second.tagged]);
    const { exitCode, report } = await host.pull();
    expect(report?.images.map(({ state }) => state)).toEqual(['present', 'present']);
    expect(exitCode).toBe(0);
    expect(
      requests()
        .filter((request) => request !== 'GET /v2/')
        .sort(),
    ).toEqual(['GET /v2/other/second/manifests/1', 'GET /v2/team/first/manifests/1']);
    expect((await podman.calls()).toSorted()).toEqual([
      expect.stringContaining(' images '),
      expect.stringContaining(' info '),
    ]);
  });

  test('asks no registry for tags that are present with --pull-policy missing', async () => {
    const host = await hostWith([first.tagged, second.tagged]);
    const { exitCode, report } = await host.pull('--pull-policy', 'missing');
    expect(report?.images).toMatchObject([
      { state: 'present', digest: first.digest },
      { state: 'present', digest: second.digest },
    ]);
    expect(exitCode).toBe(0);
    expect(requests()).toEqual([]);
  });

  test('pulls tags that are present with --pull-policy always, and not digests', async () => {
    const host = await hostWith([first.tagged, second.pinned]);
    const { exitCode, report } = await host.pull('--pull-policy', 'always');
    expect(report?.images.map(({ state }) => state)).toEqual(['pulled', 'present']);
    expect(exitCode).toBe(0);
    expect(requests().filter((path) => path.includes('/team/second/'))).toEqual([]);
  });
});

describe('a tag that has moved', () => {
  test('is pulled again, the parts that are new', async () => {
    const tagged = await source.push('team/moving:1');
    const host = await hostWith([tagged.tagged, first.pinned]);
    const moved = await source.push('team/moving:1', { seed: 'moved' });
    source.proxy.forget();
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { reference: tagged.tagged, state: 'pulled', digest: moved.digest },
      { reference: first.pinned, state: 'present' },
    ]);
    expect(exitCode).toBe(0);
    const named = (await host.store.images()).find(({ names }) => names.includes(tagged.tagged));
    expect(named?.digest).toBe(moved.digest);
    const fetched = [moved.config.digest, ...moved.layers.map(({ digest }) => digest)];
    expect([...blobTraffic(source.proxy.requests()).keys()].sort()).toEqual(fetched.sort());
  });

  test('is what the plan saw, although it moves while it is pulled', async () => {
    const seen = await source.push('team/sliding:1');
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [seen.tagged]) });
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    perTest.add(release);
    source.proxy.forget();
    const path = new RegExp(`/blobs/${seen.layers[0]?.digest}`);
    source.proxy.addFault({ path, action: { kind: 'hold', until } });
    const live = host.startPull();
    await waitUntil('the pull has started', () => live.stderr().includes(`pulling ${seen.tagged}`));
    await source.push('team/sliding:1', { seed: 'slid' });
    release();
    const { exitCode, stdout } = await live.finished;
    expect(parseReport(stdout)?.images).toMatchObject([
      { state: 'pulled', digest: seen.digest, attempts: 1 },
    ]);
    expect(exitCode).toBe(0);
    expect((await host.store.images()).map(({ digest }) => digest)).toEqual([seen.digest]);
    const manifests = source.proxy.requests().filter(({ path }) => path.includes('/sliding/manifests/'));
    expect(manifests.map(({ client, path }) => `${client} ${path}`)).toEqual([
      'ours /v2/team/sliding/manifests/1',
    ]);
  });

  test('is pulled as it is by then, and its bytes count, when what the plan saw is gone', async () => {
    const seen = await source.push('team/leaving:1');
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [seen.tagged]) });
    const path = new RegExp(`/blobs/${seen.layers[0]?.digest}`);
    source.proxy.addFault({ path, action: { kind: 'status', status: 503 } });
    const live = host.startPull('--retries', '4');
    await waitUntil('a request is to be made again', () => live.stderr().includes('the next one in'));
    const moved = await source.push('team/leaving:1', { seed: 'arrived', sizeBytes: 1024 * 1024 });
    source.proxy.clearFaults();
    source.proxy.addFault({ path, action: { kind: 'status', status: 404 } });
    const { exitCode, stdout } = await live.finished;
    const [image] = parseReport(stdout)?.images ?? [];
    expect(image).toMatchObject({ state: 'pulled', digest: moved.digest, error: null });
    expect(image?.bytes).toBeGreaterThan(1024 * 1024);
    expect(exitCode).toBe(0);
    expect((await host.store.images()).map(({ digest }) => digest)).toEqual([moved.digest]);
  });

  test('does not pass for pulled when its pull fails', async () => {
    const tagged = await source.push('team/broken:1');
    const host = await hostWith([tagged.tagged]);
    const moved = await source.push('team/broken:1', { seed: 'broken' });
    const path = new RegExp(`/blobs/${moved.layers[0]?.digest}`);
    source.proxy.addFault({ path, action: { kind: 'status', status: 404 } });
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { state: 'failed', digest: null, error: { code: 'manifest-unknown' } },
    ]);
    expect(exitCode).toBe(1);
  });

  test('is compared as an index where it is one', async () => {
    const { layout, registry, proxy } = source;
    const index = await layout.addIndex([{ layers: [{ seed: 'indexed', sizeBytes: 1024 }] }]);
    await pushImage(registry.host, 'team/index:1', layout, index);
    const host = await hostWith([`${proxy.host}/team/index:1`]);
    const { report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'present', digest: index.digest }]);
  });
});

describe('a registry that cannot be asked', () => {
  test.each<{ name: string; prepare: () => Promise<void> | void; says: string; args?: readonly string[] }>([
    { name: 'is gone', prepare: () => source.proxy.refuse(), says: 'connection refused' },
    {
      name: 'refuses',
      prepare: () => source.proxy.addFault({ path: /manifests/, action: { kind: 'status', status: 401 } }),
      says: 'refuses access with podman’s own auth files',
    },
    {
      name: 'is silent until the time limit',
      prepare: () => source.proxy.addFault({ path: /manifests/, action: { kind: 'delay', ms: 30_000 } }),
      says: 'the registry did not answer in time',
      args: ['--timeout', '12s'],
    },
  ])('leaves a tag present, with a warning: $name', async ({ prepare, says, args = [] }) => {
    const host = await hostWith([first.tagged, second.pinned]);
    await prepare();
    const { exitCode, report } = await host.pull(...args);
    expect(report).toMatchObject({
      images: [
        { reference: first.tagged, state: 'present', digest: first.digest, error: null },
        { reference: second.pinned, state: 'present' },
      ],
      diagnostics: [{ rule: 'tag-not-compared', severity: 'warning' }],
    });
    expect(report?.diagnostics[0]?.message).toContain(says);
    expect(exitCode).toBe(0);
  });
});
