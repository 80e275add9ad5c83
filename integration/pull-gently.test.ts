import { readdir, readFile, readlink } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost, parseReport } from './support/bound-host.js';
import type { LiveCli } from './support/cli.js';
import { dropIn, quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { processesOf } from './support/processes.js';
import { oneOf } from './support/sample.js';
import { newCleanup } from './support/temp.js';
import { podmanVersions } from './support/unpacked-podman.js';
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

/** podman is started once something has come. */
function holdAllLayersButTheFirst(): () => void {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  perTest.add(release);
  for (const { digest } of app.layers.slice(1))
    source.proxy.addFault({ path: new RegExp(`/blobs/${digest}`), action: { kind: 'hold', until } });
  return release;
}

function podmanOfPull({ marker }: LiveCli): Promise<number> {
  return waitUntil('podman pulls', async () => {
    const running = await processesOf(marker);
    const pulls = (args: readonly string[]) => args.includes('pull') && !args.includes('--help');
    return running.find(({ args }) => args[0]?.endsWith('/podman') && pulls(args))?.pid;
  });
}

/** How many TCP connections a process has open. */
async function connectionsOf(pid: number): Promise<number> {
  const lines = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n').slice(1);
  const established = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === '01');
  const sockets = new Set(established.map((fields) => `socket:[${fields[9]}]`));
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => sockets.has(link)).length;
}

describe.each(oneOf('pull-gently', podmanVersions))('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  /** How many layers podman wants at the same time, of three that do not come, or one more: a connection may be idle. */
  async function layersAskedFor(newRoot: Tree, ...args: readonly string[]): Promise<number> {
    const release = holdAllLayersButTheFirst();
    const host = await newBoundHost(perTest, { newRoot, programs });
    const live = host.startPull(...args);
    const pid = await podmanOfPull(live);
    const layers = join(host.store.root, 'overlay-layers/layers.json');
    await waitUntil('the first layer is in the store', async () =>
      JSON.parse(await readFile(layers, 'utf8').catch(() => '[]')).at(0),
    );
    // What it asks for next.
    await sleep(1_000);
    const connections = await connectionsOf(pid);
    release();
    const { exitCode, stdout } = await live.finished;
    expect(parseReport(stdout)?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(exitCode).toBe(0);
    const blobs = source.proxy.requests().filter(({ path }) => path.includes('/blobs/'));
    // The layers and the config, which come at once whatever podman asks for.
    expect(blobs.map(({ client }) => client)).toEqual(Array(5).fill('ours'));
    return connections;
  }

  test('asks for one layer of an image at a time with --layer-concurrency 1', async () => {
    expect(await layersAskedFor(dropIn('app', [app.tagged]), '--layer-concurrency', '1')).toBeLessThanOrEqual(
      2,
    );
  });

  test('asks for one layer of an image at a time where a module of its unit says so', async () => {
    const lines = [`Image=${app.tagged}`, 'TLSVerify=false', 'ContainersConfModule=slow.conf'];
    const module = {
      'etc/containers/containers.conf.modules/slow.conf': '[engine]\nimage_parallel_copies = 1\n',
    };
    expect(await layersAskedFor({ ...quadlet('app.image', ...lines), ...module })).toBeLessThanOrEqual(2);
  });

  test('asks for several without it', async () => {
    expect(await layersAskedFor(dropIn('app', [app.tagged]))).toBeGreaterThanOrEqual(3);
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
    const release = holdAllLayersButTheFirst();
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const live = host.startPull(...args);
    const pid = await podmanOfPull(live);
    expect(getPriority(pid)).toBe(priority());
    expect(await execOk('ionice', ['-p', `${pid}`])).toContain(io);
    release();
    expect(await live.finished).toMatchObject({ exitCode: 0 });
  });
});
