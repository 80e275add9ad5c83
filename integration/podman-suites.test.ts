import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExecOptions, execOk, start } from './support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { unmountBelow } from './support/mounts.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { processesEnd } from './support/processes.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { podmanVersions } from './support/unpacked-podman.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const insecure = '--tls-verify=false';

let source: ImageSource;
let app: SourceImage;
/** With the storage driver that starts on this machine. */
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1', { files: { greeting: 'hello from the image' } });
  ({ env } = await cleanup.use(newStore()));
});

describe.each(podmanVersions)('podman %s', (version) => {
  let programs: PodmanPrograms;
  let root: string;
  let podmanArgs: readonly string[];

  const podman = (args: readonly string[], options?: ExecOptions) =>
    execOk(programs.podman, [...podmanArgs, ...args], { ...options, env: { ...env, ...options?.env } });

  beforeAll(async () => {
    programs = await podmanOf(version);
    const dir = await tempDir(cleanup);
    root = join(dir, 'root');
    podmanArgs = ['--root', root, '--runroot', join(dir, 'runroot')];
    cleanup.add(() => unmountBelow(dir));
  });

  test('pulls an image into its store', async () => {
    await podman(['pull', insecure, app.pinned]);
    expect(await podman(['images', '--digests', '--format', '{{.Digest}}'])).toBe(`${app.digest}\n`);
  });

  test('mounts an image that it has pulled, and shows its content', async () => {
    await podman(['pull', insecure, app.pinned]);
    const mountPoint = await podman(['image', 'mount', app.pinned]);
    expect(mountPoint.startsWith(join(root, '/'))).toBe(true);
    await podman(['image', 'unmount', app.pinned]);
    // From outside, a mount of an unpacked podman cannot be seen; podman itself reads through one.
    const container = (await podman(['create', app.pinned, 'none'])).trim();
    expect(await podman(['cp', `${container}:/greeting`, '-'])).toContain('hello from the image');
    await podman(['rm', container]);
  });

  test('ends with all its processes when its process group gets TERM', async () => {
    const slow = await source.push(`team/slow:${version}`);
    const layer = new RegExp(slow.layers.map(({ digest }) => digest).join('|'));
    source.proxy.addFault({ method: 'GET', path: layer, action: { kind: 'stall', afterBytes: 50_000 } });
    const marker = `BOUND_IMAGES_TEST_RUN=${randomUUID()}`;
    const [name = '', id = ''] = marker.split('=');
    const temporary = await tempDir(cleanup);
    const pull = start(programs.podman, [...podmanArgs, 'pull', insecure, slow.pinned], {
      env: { ...env, TMPDIR: temporary, [name]: id },
      detached: true,
    });
    cleanup.add(() => pull.kill('SIGKILL'));
    await waitUntil('podman writes the layer to its temporary directory', async () => {
      return (await readdir(temporary, { recursive: true })).some((path) => path.includes('storage'));
    });
    process.kill(-(pull.pid ?? Number.NaN), 'SIGTERM');
    await pull.finished;
    expect(await processesEnd(marker, 60_000)).toBe(true);
    expect(await podman(['images', '--format', '{{.Repository}}'])).not.toContain('team/slow');
  });

  test('has a skopeo that reads an image’s manifest', async () => {
    const args = ['inspect', '--raw', insecure, `docker://${app.tagged}`];
    const manifest: { config: { digest: string } } = JSON.parse(await execOk(programs.skopeo, args));
    expect(manifest.config.digest).toBe(app.config.digest);
  });
});
