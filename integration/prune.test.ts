import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveCli } from './support/cli.js';
import { idOf, missingOffline, receiptFile, receiptOf, storedNames } from './support/deployments.js';
import { dropIn } from './support/entries.js';
import { holdRequests } from './support/held-requests.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { type HostDeployment, newOstreeHost, type OstreeHost } from './support/ostree-host.js';
import type { DeployedRoot } from './support/ostree-sysroot.js';
import { resultOf } from './support/result-of.js';
import { runStage } from './support/run-stage.js';
import { newCleanup } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const kept = 'localhost/kept:latest';
const child = 'localhost/child:latest';
let source: ImageSource;
let host: OstreeHost;
let build: LiveCli;
let dropped: DeployedRoot;
let staged: HostDeployment;
let all: readonly HostDeployment[];
const rollbackRoot = () => all.find(({ note }) => note.includes('rollback'))?.root ?? '';

/** Bound by the deployment of that name. */
let pinned: SourceImage;
let rollback: SourceImage;
let booted: SourceImage;
let next: SourceImage;
/** A tag that means another image by now. */
let moving: SourceImage;
let moved: SourceImage;
/** Bound by no deployment any more. */
let before: SourceImage;
let named: SourceImage;
let used: SourceImage;
let mounted: SourceImage;
let opened: SourceImage;
let volume: SourceImage;
let base: SourceImage;
let building: SourceImage;
/** Removed and pulled again, and pulled over, by somebody else. */
let again: SourceImage;
let touched: SourceImage;
let users: readonly SourceImage[];
let gone: readonly SourceImage[];

beforeAll(async () => {
  source = await newImageSource(cleanup);
  const push = (name: string) => source.push(`team/${name}:1`);
  pinned = await push('pinned');
  rollback = await push('rollback');
  booted = await push('booted');
  next = await push('next');
  moving = await push('moving');
  before = await push('before');
  named = await push('named');
  used = await push('used');
  mounted = await push('mounted');
  opened = await push('opened');
  volume = await push('volume');
  base = await push('base');
  building = await push('building');
  again = await push('again');
  touched = await push('touched');
  // The last is the second under another name.
  gone = [
    await push('gone'),
    await push('twice'),
    await source.push('other/twice:1', { seed: 'team-twice-1' }),
  ];

  host = await newOstreeHost(cleanup, { tree: dropIn('apps', [pinned.pinned]) });
  await host.runOk(['ostree', 'admin', 'pin', '0']);
  await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', before.pinned]);
  users = [used, mounted, opened, volume, base, building];
  const old = [before, named, again, touched, ...users, ...gone].map((image) => image.pinned);
  await writeTree(host.path('/var/old-root'), dropIn('old', [moving.tagged, ...old]));
  await host.runOk(['bound-images', 'pull', '--quiet', '--root', '/var/old-root']);
  await host.runOk(['podman', 'tag', named.pinned, kept]);

  await host.runOk(['bound-images', 'pull', '--quiet']);
  await upgrade(rollback.pinned);
  moved = await source.push('team/moving:1', { seed: 'moved' });
  await upgrade(booted.pinned, moving.tagged);
  dropped = await host.stage(await host.commit(dropIn('apps', [gone[0]?.pinned ?? ''])));
  await runStage(host);
  staged = await host.stage(await host.commit(dropIn('apps', [next.pinned])));
  await runStage(host);
  all = await host.deployments();
  await use();
  await host.runOk(['podman', 'image', 'rm', again.pinned]);
  for (const { pinned: name } of [again, touched])
    await host.runOk(['podman', 'pull', '--quiet', '--tls-verify=false', name]);
});

/** Has each of `users` used in another way. */
async function use(): Promise<void> {
  await host.runOk(['podman', 'create', '--quiet', '--name', 'used', used.pinned, 'none']);
  const mount = `type=image,source=${mounted.pinned},destination=/data`;
  await host.runOk([
    'podman',
    'create',
    '--quiet',
    '--name',
    'mounts',
    '--mount',
    mount,
    used.pinned,
    'none',
  ]);
  await host.runOk(['podman', 'image', 'mount', opened.pinned]);
  await host.runOk([
    'podman',
    'volume',
    'create',
    '--driver',
    'image',
    '--opt',
    `image=${volume.pinned}`,
    'data',
  ]);
  await host.runOk(['podman', 'create', '--quiet', '--name', 'committed', base.pinned, 'none']);
  await host.runOk(['podman', 'commit', '--quiet', 'committed', child]);
  await host.runOk(['podman', 'rm', 'committed']);
  const held = holdRequests(source.proxy, /slow/);
  const file = `FROM ${building.pinned}\nADD http://${source.proxy.host}/slow /slow\n`;
  await writeTree(host.path('/var/build'), { Containerfile: file });
  build = host.start(['podman', 'build', '--quiet', '/var/build']);
  await held.come();
}

async function upgrade(...references: readonly string[]): Promise<void> {
  await host.stage(await host.commit(dropIn('apps', references)));
  await host.runOk(['bound-images', 'stage', '--quiet', '--progress', 'none']);
  await host.finalize();
  await host.reboot();
}

async function prune(...args: readonly string[]) {
  const result = await host.run(['bound-images', 'prune', '--format', 'json', ...args]);
  return { ...result, report: resultOf(result.stdout) };
}

const idOfImage = ({ config }: SourceImage) => config.digest.replace('sha256:', '');
const sorted = (names: readonly string[]) => [...names].sort();

/** Of every image that was pulled by this tool, what becomes of it. */
function expectedActions() {
  const rows: readonly (readonly [SourceImage, string])[] = [
    ...[pinned, rollback, booted, moved, next].map((image) => [image, 'bound'] as const),
    ...users.map((image) => [image, 'used'] as const),
    [named, 'untag'],
    [moving, 'remove'],
    ...gone.slice(0, 2).map((image) => [image, 'remove'] as const),
  ];
  return Object.fromEntries(rows.map(([image, action]) => [idOfImage(image), action]));
}

const actionsOf = (report: { images: readonly { id: string; action: string }[] }) =>
  Object.fromEntries(report.images.map(({ id, action }) => [id, action]));

test('says what it would remove, and removes nothing, when it is a dry run', async () => {
  const names = await storedNames(host);
  const { exitCode, report } = await prune('--dry-run');
  expect(exitCode).toBe(0);
  expect(actionsOf(report)).toEqual(expectedActions());
  expect(report).toMatchObject({ dryRun: true });
  expect(report.images.filter(({ done }: { done: boolean }) => done)).toEqual([]);
  expect(await storedNames(host)).toEqual(names);
  expect(await receiptOf(host, dropped)).toBeDefined();
});

interface Doubt {
  readonly name: string;
  readonly prepare?: () => readonly string[];
  readonly undo?: () => readonly string[];
  readonly args?: readonly string[];
  readonly exitCode?: number;
  readonly says: () => string;
}

const stagedBinds = () => `what ${idOf(staged)} binds is not certain: `;

test.each<Doubt>([
  {
    name: 'an entry is invalid',
    prepare: () => ['sh', '-c', `echo images = 1 >${staged.root}/usr/lib/bound-images.d/bad.toml`],
    undo: () => ['rm', `${staged.root}/usr/lib/bound-images.d/bad.toml`],
    says: () => `${stagedBinds()}its configuration has errors\nhint: nothing was removed; see`,
  },
  {
    name: 'its directory is none',
    prepare: () => [
      'sh',
      '-c',
      `mkdir -p ${staged.root}/usr/lib/bootc; echo >${staged.root}/usr/lib/bootc/bound-images.d`,
    ],
    undo: () => ['rm', `${staged.root}/usr/lib/bootc/bound-images.d`],
    says: stagedBinds,
  },
  {
    name: 'its root is not mounted',
    prepare: () => ['mount', '-t', 'tmpfs', 'tmpfs', rollbackRoot()],
    undo: () => ['umount', rollbackRoot()],
    says: () => `binds is not certain: /sysroot${rollbackRoot()} is not the root of an OS`,
  },
  {
    name: 'its receipt is damaged',
    prepare: () => ['sh', '-c', `cp ${receiptFile(staged)} /var/receipt; echo '{' >${receiptFile(staged)}`],
    undo: () => ['mv', '/var/receipt', receiptFile(staged)],
    says: () => `${receiptFile(staged)} is not used: it is not JSON, or only a part of it\nhint: run`,
  },
  {
    name: 'a directory that is named is nowhere',
    args: ['--dir', '/usr/lib/bound-images.d', '--dir', '/usr/lib/bound-image.d'],
    exitCode: 2,
    says: () => 'no deployment has the directory /usr/lib/bound-image.d\nhint: nothing was removed',
  },
])('removes nothing when it is not certain what a deployment binds: $name', async (doubt) => {
  const { prepare, undo, args = [], exitCode = 1, says } = doubt;
  const names = await storedNames(host);
  if (prepare) await host.runOk(prepare());
  const result = await prune(...args);
  if (undo) await host.runOk(undo());
  expect(result).toMatchObject({ exitCode, report: undefined });
  expect(result.stderr).toContain(says());
  expect(await storedNames(host)).toEqual(names);
});

test('keeps what a deployment binds, a container uses, or others brought or named', async () => {
  const { exitCode, report } = await prune();
  expect(report.images.flatMap(({ error }: { error: string | null }) => error ?? [])).toEqual([]);
  expect(actionsOf(report)).toEqual(expectedActions());
  expect(exitCode).toBe(0);
  const bound = [pinned.pinned, rollback.pinned, booted.pinned, moved.tagged, next.pinned];
  const others = [before, again, touched, ...users].map((image) => image.pinned);
  expect(await storedNames(host)).toEqual(sorted([...bound, ...others, kept, child]));
  const ids = (await host.runOk(['podman', 'images', '--quiet', '--no-trunc'])).trim().split('\n');
  expect(ids).toHaveLength(bound.length + others.length + 2);
  expect(await receiptOf(host, dropped)).toBeUndefined();
  expect(await receiptOf(host, staged)).toBeDefined();

  expect((await prune()).report.images.map(({ action }: { action: string }) => action).sort()).toEqual([
    ...Array.from({ length: 5 }, () => 'bound'),
    ...users.map(() => 'used'),
  ]);
});

test('removes what was used until now, and nothing else', async () => {
  const names = await storedNames(host);
  source.proxy.clearFaults();
  build.kill('SIGKILL');
  await build.finished;
  await host.runOk(['podman', 'image', 'unmount', '--all']);
  await host.runOk(['podman', 'volume', 'rm', '--all']);
  await host.runOk(['podman', 'image', 'rm', child]);
  await host.runOk(['sh', '-c', 'podman rm --force $(podman ps --all --external --quiet)']);
  const { exitCode, stdout } = await host.run(['bound-images', 'prune']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/6 images removed, up to \d/);
  const freed = [child, ...users.map((image) => image.pinned)];
  expect(await storedNames(host)).toEqual(names.filter((name) => !freed.includes(name)));
});

test('removes nothing when its record is damaged, and says so', async () => {
  await writeFile(host.path('/var/lib/containers/storage/bound-images/pulled-images.json'), '{');
  const names = await storedNames(host);
  const { exitCode, stdout, stderr } = await host.run(['bound-images', 'prune']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0 images removed\n' });
  expect(stderr).toContain('pulled-images.json is not used: it is not JSON, or only a part of it\n');
  expect(await storedNames(host)).toEqual(names);
});

test('leaves a rollback all that it needs', async () => {
  const [, , previous] = await host.deployments();
  // What is staged is lost with the boot.
  await host.reboot();
  await host.runOk(['ostree', 'admin', 'set-default', '1']);
  expect(await host.reboot()).toMatchObject({ checksum: previous?.checksum });
  expect(await missingOffline(host, [rollback.pinned])).toEqual([]);
  expect(await host.run(['unshare', '--net', 'bound-images', 'gate', '--root', '/'])).toMatchObject({
    exitCode: 0,
  });
});
