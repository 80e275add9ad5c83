import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, parseReport } from './support/bound-host.js';
import { type DropInOptions, dropIn, quadlet } from './support/entries.js';
import { execOk } from './support/exec.js';
import { leftToPodman } from './support/fault.js';
import type { Tree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type BuiltIndex, hostPlatform, layoutName } from './support/images.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { pushImage } from './support/push-image.js';
import { oneOf } from './support/sample.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

const other = { os: 'linux', architecture: hostPlatform.architecture === 's390x' ? 'arm64' : 's390x' };
const [ours, theirs] = [hostPlatform, other].map(({ os, architecture }) => `${os}/${architecture}`);
const osRelease = { 'usr/lib/os-release': 'ID=test\n' };

let source: ImageSource;
let both: BuiltIndex;
let foreign: SourceImage;
let tagged: string;
let pinned: string;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  const layers = [{ seed: 'both', sizeBytes: 2000 }];
  both = await source.layout.addIndex([{ layers }, { layers, platform: other }]);
  await pushImage(source.registry.host, 'team/both:1', source.layout, both);
  tagged = `${source.proxy.host}/team/both:1`;
  pinned = `${source.proxy.host}/team/both@${both.digest}`;
  foreign = await source.pushSpec('team/foreign:1', { layers, platform: other });
});

/** What `plan`, `gate` and `pull` say of the one bound image. */
async function look(host: BoundHost, command: 'plan' | 'gate', ...args: readonly string[]) {
  const { exitCode, stdout } = await host.run(command, '--format', 'json', ...args);
  return { exitCode, image: JSON.parse(stdout).images[0] };
}

describe.each(oneOf('proof-platform', ['4.3', '5.8', '6.1']))('with podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });
  const newHost = async (newRoot: Tree) => {
    // podman lists all tags without TLSVerify= and the like.
    const registries = join(await tempDir(perTest), 'registries.conf');
    await writeFile(registries, `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`);
    const env = { CONTAINERS_REGISTRIES_CONF: registries };
    return await newBoundHost(perTest, { newRoot: { ...osRelease, ...newRoot }, programs, env });
  };
  const podmanPull = async (host: BoundHost, ...args: readonly string[]) => {
    const result = await host.store.podman(['pull', '--quiet', '--tls-verify=false', ...args]);
    expect(result).toMatchObject({ exitCode: 0 });
  };

  interface Present {
    readonly name: string;
    /** What podman is told to bring before. */
    readonly before: () => readonly string[];
    readonly reference: () => string;
    readonly options?: DropInOptions;
    readonly wanted?: string | undefined;
    readonly has?: string | undefined;
  }
  test.each<Present>([
    {
      name: 'under the bound tag',
      before: () => ['--arch', other.architecture, tagged],
      reference: () => tagged,
    },
    {
      name: 'with the bound digest, which is that of an index',
      before: () => ['--arch', other.architecture, pinned],
      reference: () => pinned,
    },
    {
      name: 'by another tag of the bound index',
      before: () => ['--arch', other.architecture, tagged],
      reference: () => pinned,
    },
    {
      name: 'of this host, where the entry names another',
      before: () => [tagged],
      reference: () => tagged,
      options: { 'tls-verify': false, arch: other.architecture },
      wanted: theirs,
      has: ours,
    },
  ])('an image for another platform, $name, is pulled again', async (row) => {
    const { before, reference, options, wanted = ours, has = theirs } = row;
    const host = await newHost(dropIn('apps', [reference()], options));
    await podmanPull(host, ...before());
    const problem = { code: 'no-platform', message: expect.stringContaining(`is for ${has}`) };
    expect(await look(host, 'plan')).toMatchObject({ image: { state: 'stale', problem } });
    expect(await look(host, 'gate')).toMatchObject({
      exitCode: 1,
      image: { state: 'missing', platform: has, problem },
    });
    expect(await host.pull()).toMatchObject({
      exitCode: 0,
      report: { images: [{ state: 'pulled', error: null }] },
    });
    expect(await look(host, 'gate')).toMatchObject({
      exitCode: 0,
      image: { state: 'present', platform: wanted, problem: null },
    });
    expect(await look(host, 'plan')).toMatchObject({ image: { state: 'present', problem: null } });
  });

  interface Pulled {
    readonly name: string;
    readonly tree: () => Tree;
  }
  test.each<Pulled>([
    { name: 'by a tag', tree: () => dropIn('apps', [foreign.tagged]) },
    { name: 'by a digest', tree: () => dropIn('apps', [foreign.pinned]) },
    {
      name: 'among all tags',
      tree: () => quadlet('all.image', `Image=${foreign.tagged.replace(/:1$/, '')}`, 'AllTags=true'),
    },
  ])('an image for another platform that comes $name is none, where only podman asks', async ({ tree }) => {
    source.proxy.addFault(leftToPodman);
    const host = await newHost(tree());
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([
      { state: 'failed', error: { code: 'no-platform', message: expect.stringContaining(`for ${theirs}`) } },
    ]);
    expect(exitCode).toBe(1);
    expect(await look(host, 'gate')).toMatchObject({ exitCode: 1, image: { state: 'missing' } });
    const command = ['--', 'touch', join(host.temporary, 'committed')];
    expect(await host.run('stage', ...command)).toMatchObject({ exitCode: 1 });
    expect(await host.leftovers()).toEqual([]);
  });

  test.each([
    { transport: 'oci-archive', suffix: '' },
    { transport: 'docker-archive', suffix: ':example.com/app:1' },
  ])('an image for another platform that comes from $transport: is none', async ({ transport, suffix }) => {
    const host = await newHost(dropIn('apps', [`${transport}:/usr/lib/app.tar${suffix}`], {}));
    const from = `oci:${source.layout.dir}:${layoutName(foreign.digest)}`;
    const to = `${transport}:${join(host.newRoot, 'usr/lib/app.tar')}${suffix}`;
    await execOk('skopeo', ['copy', '--quiet', from, to]);
    const { exitCode, report } = await host.pull();
    expect(report?.images).toMatchObject([{ state: 'failed', error: { code: 'no-platform' } }]);
    expect(exitCode).toBe(1);
  });

  /** Pulls a tag that another platform's image gets as soon as the program asks for what matches `path`. */
  async function pullMoving(client: 'podman' | 'ours', path: RegExp, ...args: readonly string[]) {
    const name = `team/moving-${client}-${version}:1`;
    const moving = await source.push(name);
    const host = await newHost(dropIn('apps', [moving.tagged]));
    let release = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    source.proxy.addFault({ path, client, action: { kind: 'hold', until } });
    source.proxy.forget();
    const live = host.startPull(...args);
    await waitUntil('it asks', () =>
      source.proxy.requests().some((request) => request.client === client && path.test(request.path)),
    );
    await pushImage(source.registry.host, name, source.layout, foreign);
    release();
    const { exitCode, stdout } = await live.finished;
    return { exitCode, image: parseReport(stdout)?.images[0], moving, host };
  }

  test('a tag that moves to another platform after the plan is what the plan saw', async () => {
    const { exitCode, image, moving, host } = await pullMoving('ours', /\/blobs\/sha256/);
    expect(image).toMatchObject({ state: 'pulled', digest: moving.digest, error: null });
    expect(exitCode).toBe(0);
    expect(await look(host, 'gate')).toMatchObject({
      exitCode: 0,
      image: { state: 'present', platform: ours },
    });
  });

  test('a tag that moves to another platform between plan and a pull by podman itself is none', async () => {
    const { exitCode, image } = await pullMoving('podman', /\/manifests\//, '--direct');
    expect(image).toMatchObject({ state: 'failed', error: { code: 'no-platform' } });
    expect(exitCode).toBe(1);
  });
});
