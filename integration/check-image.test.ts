import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runChecked, startChecked } from './support/checked-cli.js';
import { execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { layoutName, newImageLayout } from './support/images.js';
import { newOrdinaryUser } from './support/ordinary-user.js';
import { processesEnd, processesOf } from './support/processes.js';
import { findProgram } from './support/programs.js';
import { resultOf } from './support/result-of.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const name = 'quay.io/example/os:1';
const authfile = '/etc/example/auth.json';
const tree = {
  'usr/lib/bound-images.d/agent.toml': `images = ["quay.io/example/agent@sha256:${'0a'.repeat(32)}", 7]\n`,
  'usr/lib/bound-images.d/logs.toml': `authfile = "${authfile}"\nimages = ["quay.io/example/logs@sha256:${'0b'.repeat(32)}"]\n`,
};
const places = [
  'toml-wrong-type /usr/lib/bound-images.d/agent.toml:1',
  'authfile-missing /usr/lib/bound-images.d/logs.toml:1',
];

interface Report {
  readonly root: string | null;
  readonly image: string | null;
  readonly diagnostics: readonly { rule: string; file: string; line: number; message: string }[];
}

let store: Store;
/** The image in other forms: a directory with `os.oci`, `os.tar`, `layout` and `dir`. */
let files: string;
/** For temporary files of one test. */
let temporary: string;

beforeAll(async () => {
  const layout = await newImageLayout(await tempDir(cleanup));
  const image = await layout.addImage({ layers: [{ seed: 'os', sizeBytes: 1000, files: tree }] });
  const source = `oci:${layout.dir}:${layoutName(image.digest)}`;
  files = await tempDir(cleanup);
  for (const copy of [
    `oci-archive:${files}/os.oci`,
    `docker-archive:${files}/os.tar:${name}`,
    `oci:${files}/layout:1`,
  ]) {
    await execOk('skopeo', ['copy', '--quiet', source, copy]);
  }
  await execOk('skopeo', ['copy', '--quiet', source, `dir:${files}/dir`]);
  await chmod(files, 0o755);
  store = await cleanup.use(newStore());
  const podman = (...args: readonly string[]) =>
    execOk('podman', [...store.podmanArgs, ...args], { env: store.env });
  const id = await podman('pull', '--quiet', `oci-archive:${files}/os.oci`);
  await podman('tag', id.trim(), name);
});
beforeEach(async () => {
  temporary = await tempDir(perTest);
});

function argumentsFor(image: string): readonly string[] {
  return ['check', '--format', 'json', '--image', image];
}

const storeOptions = () => ['--storage-root', store.root, '--storage-runroot', store.runroot];
const environment = () => ({ ...store.env, TMPDIR: temporary });

async function checkImage(image: string, ...options: readonly string[]) {
  const result = await runChecked([...argumentsFor(image), ...options], { env: environment() });
  const report: Report | null = resultOf(result.stdout) ?? null;
  return { ...result, report, found: foundIn(report) };
}

function foundIn(report: Report | null): readonly string[] {
  return report?.diagnostics.map(({ rule, file, line }) => `${rule} ${file}:${line}`) ?? [];
}

async function expectNothingLeft(): Promise<void> {
  expect((await store.podman(['image', 'mount'])).stdout.trim()).toBe('');
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  expect(mounts).not.toContain(temporary);
  expect(await readdir(temporary)).toEqual([]);
}

test('an image of the local storage gives what its tree gives, with paths inside it, and is unmounted', async () => {
  const { exitCode, report, found } = await checkImage(name, ...storeOptions());
  expect(found).toEqual(places);
  expect(report).toMatchObject({ root: null, image: name });
  expect(exitCode).toBe(3);
  await expectNothingLeft();
});

test.each([
  ['oci-archive', () => `oci-archive:${files}/os.oci`],
  ['docker-archive', () => `docker-archive:${files}/os.tar`],
  ['oci', () => `oci:${files}/layout:1`],
  ['dir', () => `dir:${files}/dir`],
])('%s: is loaded for the check, and removed', async (_, image) => {
  const { exitCode, report, found } = await checkImage(image());
  expect(found).toEqual(places);
  expect(report).toMatchObject({ root: null, image: image() });
  expect(exitCode).toBe(3);
  await expectNothingLeft();
});

test.each(['storage', 'archive'])(
  'a label that names other images than the root binds: in %s',
  async (where) => {
    const context = await tempDir(perTest);
    const [own, other] = ['c', 'd'].map((digit) => `quay.io/example/app@sha256:${`0${digit}`.repeat(32)}`);
    const text = `images = ["${own}"]`;
    await writeTree(context, {
      Containerfile: 'FROM scratch\nCOPY rootfs /\n',
      'rootfs/usr/lib/bound-images.d/app.toml': `${text}\n`,
    });
    const podman = (...args: readonly string[]) =>
      execOk('podman', [...store.podmanArgs, ...args], { env: store.env });
    const label = 'io.bound-images.lock';
    const check = async (lock: string) => {
      const built = 'localhost/labelled:1';
      await podman('build', '--quiet', '--tag', built, '--label', `${label}=${lock}`, context);
      if (where === 'storage') return await checkImage(built, ...storeOptions());
      const archive = join(context, `${lock.length}.oci`);
      await podman('save', '--quiet', '--format', 'oci-archive', '--output', archive, built);
      return await checkImage(`oci-archive:${archive}`);
    };
    const { exitCode, report } = await check(`images = ["${other}"]`);
    expect(exitCode).toBe(0);
    const [finding] = report?.diagnostics.filter(({ rule }) => rule === 'lock-label-differs') ?? [];
    expect(finding?.message).toContain(
      `it lacks “${own}”; it names “${other}”, which the root does not bind`,
    );
    for (const lock of [text, ''])
      expect((await check(lock)).found).not.toContain('lock-label-differs null:null');
  },
);

test('the files of this machine are no fallback, unless it is named as the current root', async () => {
  const currentRoot = await tempDir(perTest);
  await writeTree(currentRoot, { [authfile.slice(1)]: { text: '{}', mode: 0o600 } });
  const alone = await checkImage(name, ...storeOptions());
  const missing = alone.report?.diagnostics.find(({ rule }) => rule === 'authfile-missing');
  expect(missing?.message).toContain(`tried ${authfile} in the new root (${name})`);
  expect(missing?.message).not.toContain('current root');
  const withHost = await checkImage(name, ...storeOptions(), '--current-root', currentRoot);
  expect(withHost.found).not.toContain(places[1]);
});

test('an image that is not there is an error that says how to get it', async () => {
  const { exitCode, stderr } = await checkImage('quay.io/example/other:1', ...storeOptions());
  expect(exitCode).toBe(1);
  expect(stderr).toContain('the image quay.io/example/other:1 is not in podman’s local storage');
  expect(stderr).toContain('pull quay.io/example/other:1”');
});

test.each(['docker-archive', 'oci-archive'])(
  '%s: of a device is refused before it is read',
  async (transport) => {
    const { exitCode, stderr } = await checkImage(`${transport}:/dev/zero`, ...storeOptions());
    expect(exitCode).toBe(2);
    expect(stderr).toContain('it is neither a file nor a directory');
  },
);

test('a layout that podman cannot load is called as it was given', async () => {
  const path = await tempDir(perTest);
  const { exitCode, stderr } = await checkImage(`dir:${path}`, ...storeOptions());
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`${path}/manifest.json`);
  expect(stderr).not.toContain('/proc/');
});

test.each([
  ['together with a root', () => ['--image', name, '--root', '/'], 'cannot be used with'],
  ['without a name', () => ['--image', ''], 'must not be empty'],
  ['of a file that is not there', () => ['--image', 'oci-archive:/nowhere'], 'no such file or directory'],
  ['of a transport without a path', () => ['--image', 'oci-archive:'], 'no path follows the transport'],
])('an image %s is wrong usage', async (_, options, message) => {
  const { exitCode, stderr } = await runChecked(['check', ...options()], { env: environment() });
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
});

describe('interrupted', () => {
  /** A podman that does not come back from the subcommand. */
  async function hangingAt(subcommand: string): Promise<string> {
    const path = join(await tempDir(perTest), 'podman');
    const script = `#!/bin/sh
'${await findProgram('podman')}' "$@" || exit
case " $* " in *" image ${subcommand} "*) exec sleep 60;; esac
`;
    await writeFile(path, script, { mode: 0o755 });
    return path;
  }

  async function startHanging(subcommand: string, image: string, ...options: readonly string[]) {
    const podman = await hangingAt(subcommand);
    const live = startChecked([...argumentsFor(image), ...options, '--podman', podman], {
      env: environment(),
    });
    await waitUntil(`podman hangs at ${subcommand}`, async () => {
      const running = await processesOf(live.marker);
      return running.some(({ args }) => args[0] === 'sleep');
    });
    return live;
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s while an archive is loaded, it removes everything', async (signal, status) => {
    const live = await startHanging('pull', `oci-archive:${files}/os.oci`);
    live.kill(signal);
    const { exitCode, stdout } = await live.finished;
    expect(exitCode).toBe(status);
    expect(resultOf(stdout)).toBeUndefined();
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    await expectNothingLeft();
  });

  test('by a kill while the image is mounted, its mount ends with it, and the next run clears the rest', async () => {
    const live = await startHanging('mount', `oci-archive:${files}/os.oci`);
    for (const { pid } of await processesOf(live.marker)) process.kill(pid, 'SIGKILL');
    await live.finished;
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    expect(mounts).not.toContain(temporary);
    expect(await readdir(temporary)).toHaveLength(1);
    expect((await checkImage(`oci-archive:${files}/os.oci`)).found).toEqual(places);
    await expectNothingLeft();
  });

  test('by a kill of the process that was started, the one that works for it ends, too', async () => {
    const live = await startHanging('pull', `oci-archive:${files}/os.oci`);
    live.kill('SIGKILL');
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    await expectNothingLeft();
  });
});

test('an ordinary user checks an image of a store of their own', async () => {
  const user = await newOrdinaryUser(perTest, store.env);
  const pulled = await user.podman('pull', '--quiet', `oci-archive:${files}/os.oci`);
  const id = pulled.stdout.trim();
  for (const image of [id, `oci-archive:${files}/os.oci`]) {
    const { stdout, stderr } = await user.boundImages('check', ...argumentsFor(image).slice(1));
    expect(foundIn(JSON.parse(stdout || 'null')), stderr).toEqual(places);
  }
  expect(await user.leftovers()).toEqual([]);
});
