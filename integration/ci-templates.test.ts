import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeExecutable } from '../contrib/package/executable.js';
import type { Platform } from '../contrib/package/node.js';
import { makeArchive } from '../contrib/package/system-extension.js';
import { version } from '../contrib/package/version.js';
import { withPins } from '../contrib/release/pins.js';
import { testedTree } from './package/support/stand-in.js';
import { type Action, type JobResult, runAction, runTemplate } from './support/ci-runner.js';
import { execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const examples = 'contrib/examples';

/** Where the releases are, and what was asked for. */
let releases: string;
const requests: string[] = [];
let actionText: string;
let templateText: string;
let store: Store;

beforeAll(async () => {
  const executable = await makeExecutable(process.arch as Platform, await tempDir(cleanup));
  const digest = createHash('sha256')
    .update(await readFile(executable))
    .digest('hex');
  const archive = await makeArchive(
    testedTree(executable, version),
    process.arch as Platform,
    await tempDir(cleanup),
  );
  const server = createServer(async (request, response) => {
    requests.push(request.url ?? '');
    if (request.url === `/v${version}/${basename(archive)}`) response.end(await readFile(archive));
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(() => void server.close());
  releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pins = { version, sha256: { x64: digest, arm64: digest } };
  actionText = withPins(await readFile('contrib/github-action/action.yml', 'utf8'), pins);
  templateText = withPins(await readFile('contrib/gitlab/check.yml', 'utf8'), pins);

  store = await cleanup.use(newStore());
  const context = await tempDir(cleanup);
  await cp(`${examples}/good/rootfs`, join(context, 'rootfs'), { recursive: true, verbatimSymlinks: true });
  await writeTree(context, { Containerfile: 'FROM scratch\nCOPY rootfs /\n' });
  await execOk('podman', [...store.podmanArgs, 'build', '--quiet', '--tag', 'localhost/os:1', context], {
    env: store.env,
  });
});

/** What runners keep, of all tests that are not about it. */
let cache: string;
beforeAll(async () => {
  cache = await tempDir(cleanup);
});
beforeEach(() => {
  requests.length = 0;
});

/** A checkout of a repository, whose root is the directory `rootfs`. */
async function checkout(example: string): Promise<string> {
  const repository = await tempDir(perTest);
  await cp(join(examples, example, 'rootfs'), join(repository, 'rootfs'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  return repository;
}

type Inputs = Readonly<Record<string, string>>;

type Run = (repository: string, inputs: Inputs, ownCache?: string) => Promise<JobResult>;

const services: readonly { readonly service: string; readonly run: Run }[] = [
  {
    service: 'GitHub',
    run: async (repository, inputs, ownCache) =>
      runAction(perTest, parse(actionText), { releases, ...inputs }, job(repository, ownCache)),
  },
  {
    service: 'GitLab',
    run: async (repository, inputs, ownCache) =>
      runTemplate(templateText, { releases, ...inputs }, job(repository, ownCache)),
  },
];

function job(repository: string, ownCache = cache) {
  const env = { BOUND_IMAGES_STORAGE_ROOT: store.root, BOUND_IMAGES_STORAGE_RUNROOT: store.runroot };
  return { repository, cache: ownCache, env: { ...store.env, ...env } };
}

describe.each(services)('on $service', ({ service, run }) => {
  test('a repository whose root is rootfs passes, and the next job has the program from the cache', async () => {
    const ownCache = await tempDir(perTest);
    const result = await run(await checkout('good'), { root: 'rootfs', strict: 'true' }, ownCache);
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stdout + result.stderr).toContain('4 bound images in rootfs, 0 errors, 0 warnings');
    expect(requests).toHaveLength(1);
    const again = await run(await checkout('good'), { root: 'rootfs' }, ownCache);
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    expect(requests).toHaveLength(1);
  });

  test('a repository with mistakes fails, and each is shown at its file of the repository', async () => {
    const { exitCode, stdout, shown } = await run(await checkout('mistakes'), { root: 'rootfs' });
    expect(exitCode).toBe(3);
    const file = 'rootfs/usr/share/containers/systemd/floating.container';
    if (service === 'GitHub') {
      expect(stdout).toContain(
        `::warning file=${file},line=3,col=7,title=bound-images (reference-floating)::`,
      );
      expect(shown).toContain(`| ${file}&#58;3 | [reference-floating](https://`);
    } else {
      const location = { path: file, lines: { begin: 3 } };
      expect(JSON.parse(shown)).toContainEqual(
        expect.objectContaining({ check_name: 'reference-floating', location }),
      );
    }
  });

  test('where the root is another directory, the job fails and says which', async () => {
    const { exitCode, stdout, stderr } = await run(await checkout('good'), {});
    expect(exitCode).toBe(3);
    expect(stdout + stderr).toContain('nothing-bound');
    expect(stdout + stderr).toContain('--root rootfs');
  });

  test('an image of local storage is checked', async () => {
    const result = await run(await tempDir(perTest), { image: 'localhost/os:1', strict: 'true' });
    expect(result, result.stderr).toMatchObject({ exitCode: 0 });
    expect(result.stdout + result.stderr).toContain('4 bound images in localhost/os:1, 0 errors');
  });

  test('a repository that binds nothing fails, unless its author says that it is so', async () => {
    const repository = await tempDir(perTest);
    await writeTree(repository, { 'rootfs/usr/lib/os-release': 'ID=example\n' });
    const result = await run(repository, { root: 'rootfs' });
    expect(result.exitCode).toBe(3);
    expect(result.stdout + result.stderr).toContain('nothing-bound');
    const accepted = await run(repository, { root: 'rootfs', args: '--rule nothing-bound=off' });
    expect(accepted, accepted.stderr).toMatchObject({ exitCode: 0 });
  });

  test('strictness and further options are handed on', async () => {
    const root = await tempDir(perTest);
    await writeTree(root, { 'usr/lib/bound-images.d/a.toml': 'images = ["quay.io/example/a:1"]\n' });
    expect(await run(root, {})).toMatchObject({ exitCode: 0 });
    expect(await run(root, { strict: 'true' })).toMatchObject({ exitCode: 3 });
    const args = '--rule reference-floating=off --quiet';
    expect(await run(root, { strict: 'true', args })).toMatchObject({ exitCode: 0 });
  });

  test.each([
    ['a root that is none', { root: '"; exit 7; "' }, 'the root "; exit 7; " does not exist'],
    [
      'an image that is none',
      { image: 'oci-archive:none.tar' },
      '--image oci-archive:none.tar: no such file',
    ],
  ])('it is said what is wrong with %s', async (_, inputs, message) => {
    const { exitCode, stderr } = await run(await tempDir(perTest), inputs);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test('another program than the pinned one is not run, wherever it comes from, and not kept', async () => {
    const ownCache = await tempDir(perTest);
    await run(await checkout('good'), { root: 'rootfs' }, ownCache);
    await changeOneByte(ownCache);
    const other = await run(await checkout('good'), { root: 'rootfs' }, ownCache);
    expect(other.exitCode).toBe(1);
    expect(other.stdout + other.stderr).toContain('nothing was run');
    expect(other.stdout + other.stderr).not.toContain('bound images in');
  });

  test('a release that is not there is told with its address', async () => {
    const ownCache = await tempDir(perTest);
    const inputs = { root: 'rootfs', releases: `${releases}/none` };
    const { exitCode, stderr } = await run(await checkout('good'), inputs, ownCache);
    expect(stderr).toMatch(/curl: .*404/);
    expect(exitCode).not.toBe(0);
    expect(await run(await checkout('good'), { root: 'rootfs' }, ownCache)).toMatchObject({ exitCode: 0 });
  });
});

/** Of the program that the cache holds. */
async function changeOneByte(directory: string): Promise<void> {
  const [program = ''] = (await execOk('find', [directory, '-type', 'f', '-name', 'bound-images'])).split(
    '\n',
  );
  await execOk('sh', ['-c', 'printf x | dd of="$0" bs=1 seek=1000 conv=notrunc status=none', program]);
}

test('the action is a composite one, no input is part of a script, and other actions are named by their commits', async () => {
  const { runs }: Action = parse(actionText);
  expect(runs.using).toBe('composite');
  for (const { run, shell, uses } of runs.steps) {
    if (uses === undefined) expect(shell).toBe('bash');
    else expect(uses).toMatch(/@[0-9a-f]{40}$/);
    expect(run ?? '').not.toContain('${{');
  }
});

test('no input of the template is part of its script', () => {
  const [, script] = /^ {2}script:\n(.*?)^ {2}\w/ms.exec(templateText) ?? [];
  expect(script).toContain('check --format gitlab');
  expect(script).not.toContain('$[[');
});

test('a runner of another platform is told so', async () => {
  const action: Action = parse(actionText.replace('${{ runner.os }} ${{ runner.arch }}', 'macOS ARM64'));
  const result = await runAction(perTest, action, {}, job(await checkout('good')));
  expect(result.exitCode).toBe(2);
  expect(result.stdout).toContain(
    'this action runs on Linux on x86-64 and aarch64, and this runner is macOS ARM64',
  );
});
