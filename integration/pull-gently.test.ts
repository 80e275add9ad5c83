import { getPriority } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { dropIn, quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { processesOf } from './support/processes.js';
import { newCleanup } from './support/temp.js';
import { mostInFlight } from './support/traffic.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.throttle(undefined);
  source.proxy.clearFaults();
  source.proxy.forget();
  await perTest.run();
});

const kib = 1024;
let source: ImageSource;
let app: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  const layers = [1, 2, 3, 4].map((number) => ({ seed: `layer-${number}`, sizeBytes: 100 * kib }));
  app = await source.pushSpec('team/app:1', { layers });
});

describe.each(['4.3', '5.4', '5.8'] as const)('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  async function blobsInFlight(newRoot: Tree, ...args: readonly string[]): Promise<number> {
    source.proxy.throttle(400 * kib);
    const host = await newBoundHost(perTest, { newRoot, programs });
    const { exitCode, report } = await host.pull(...args);
    expect(report?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(exitCode).toBe(0);
    const blobs = source.proxy
      .requests()
      .filter(({ client, path }) => client === 'podman' && path.includes('/blobs/'));
    // The layers and the config.
    expect(blobs).toHaveLength(5);
    return mostInFlight(blobs);
  }

  test('fetches one blob of an image at a time with --layer-concurrency 1', async () => {
    expect(await blobsInFlight(dropIn('app', [app.tagged]), '--layer-concurrency', '1')).toBe(1);
  });

  test('fetches one blob of an image at a time where a module of its unit says so', async () => {
    const lines = [`Image=${app.tagged}`, 'TLSVerify=false', 'ContainersConfModule=slow.conf'];
    const module = {
      'etc/containers/containers.conf.modules/slow.conf': '[engine]\nimage_parallel_copies = 1\n',
    };
    expect(await blobsInFlight({ ...quadlet('app.image', ...lines), ...module })).toBe(1);
  });

  test('fetches several without it', async () => {
    expect(await blobsInFlight(dropIn('app', [app.tagged]))).toBeGreaterThan(1);
  });
});

describe('podman runs', () => {
  test.each<{ name: string; args: readonly string[]; priority: () => number; io: string }>([
    { name: 'as everything else', args: [], priority: getPriority, io: 'none' },
    {
      name: 'after everything else with --nice',
      args: ['--nice'],
      priority: () => 19,
      io: 'best-effort: prio 7',
    },
  ])('$name', async ({ args, priority, io }) => {
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    perTest.add(release);
    source.proxy.addFault({ path: /\/blobs\//, client: 'podman', action: { kind: 'hold', until } });
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const live = host.startPull(...args);
    const pid = await waitUntil('podman pulls', async () => {
      if (!source.proxy.requests().some(({ client }) => client === 'podman')) return false;
      const running = await processesOf(live.marker);
      return running.find(({ args: [program] }) => program?.endsWith('/podman'))?.pid;
    });
    expect(getPriority(pid)).toBe(priority());
    expect(await execOk('ionice', ['-p', `${pid}`])).toContain(io);
    release();
    expect(await live.finished).toMatchObject({ exitCode: 0 });
  });
});
