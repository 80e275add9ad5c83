import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { findHost, type hostPaths } from '../../../src/tools/ostree/host.js';
import { file, makeTree } from '../../support/tree.js';

const { signal } = new AbortController();
const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
const staged = { id: `os-${a}.0` };

const ostreeText = `  os ${a}.0 (staged)\n* os ${b}.0\n`;
const ostreeJson = JSON.stringify({
  deployments: [
    { checksum: a, stateroot: 'os', serial: 0, staged: true },
    { checksum: b, stateroot: 'os', serial: 0, booted: true },
  ],
});
const rpmOstreeJson = JSON.stringify({
  deployments: [
    { checksum: a, osname: 'os', serial: 0, staged: true },
    { checksum: b, osname: 'os', serial: 0, booted: true },
  ],
});

function bootcJson(image: object | null): string {
  const entry = (checksum: string) => ({ image, ostree: { checksum, deploySerial: 0, stateroot: 'os' } });
  return JSON.stringify({ status: { staged: entry(a), booted: entry(b), rollback: null } });
}

/** Scripts by the arguments with which they are called; any other call fails as these programs do. */
type Answers = Readonly<Record<string, string>>;
type Programs = Readonly<Record<string, Answers>>;

const print = (text: string) => `printf '%s' '${text}'`;
const refuse = (text: string) => `printf '%s\\n' "${text}" >&2; exit 1`;

const newOstree: Answers = {
  'admin status --json': print(ostreeJson),
  'admin lock-finalization': print('Staged deployment is now finalization locked\n'),
  'admin lock-finalization --unlock': print('Staged deployment is now queued to apply on shutdown\n'),
};
/** What 2022.7 answers. */
const oldOstree: Answers = {
  'admin status --json': refuse('error: Unknown option --json'),
  'admin status': print(ostreeText),
  'admin lock-finalization': refuse(`error: Unknown \\"admin\\" subcommand 'lock-finalization'`),
  'admin lock-finalization --unlock': refuse('error: Unknown option --unlock'),
};
const bootcStatus = 'status --json --format-version=1';

let paths: typeof hostPaths;
let commands: string[];

/** Puts just these programs into the PATH. */
function install(programs: Programs): void {
  const scripts = Object.entries(programs).map(([name, answers]) => {
    const cases = Object.entries(answers).map(([args, script]) => `'${args}') ${script} ;;`);
    const text = `#!/bin/sh\ncase "$*" in\n${cases.join('\n')}\n*) ${refuse('error: unexpected')} ;;\nesac\n`;
    return [name, file(text, { mode: 0o755 })] as const;
  });
  vi.stubEnv('PATH', makeTree(Object.fromEntries(scripts)));
}

const find = () =>
  findHost(
    signal,
    ([program = '', ...args]) => commands.push([program.split('/').at(-1), ...args].join(' ')),
    paths,
  );

async function found() {
  const host = await find();
  if (host === undefined) throw new Error('no host was found');
  return host;
}

beforeEach(() => {
  const run = makeTree({
    'ostree-booted': '',
    mountinfo: '22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n',
  });
  paths = {
    ostreeBooted: join(run, 'ostree-booted'),
    mountInfo: join(run, 'mountinfo'),
    lockFile: join(run, 'staged-deployment-locked'),
    staged: join(run, 'staged-deployment'),
    nextRoot: join(run, 'nextroot-booted'),
  };
  commands = [];
  return () => vi.unstubAllEnvs();
});

describe('a host', () => {
  test('that ostree has not booted is none', async () => {
    install({ ostree: newOstree });
    expect(await findHost(signal, undefined, { ...paths, ostreeBooted: '/nonexistent' })).toBeUndefined();
  });

  test.each(['composefs:e0ff', 'transient:composefs=e0ff'])(
    'of the composefs backend is refused: %s',
    async (source) => {
      const lines = [
        '22 1 0:20 / / rw,relatime shared:1 - rootfs none rw',
        `30 22 0:21 / / ro,relatime shared:2 master:1 - overlay ${source} ro,lowerdir+=/x`,
        '31 30 0:22 / /run rw shared:3 - tmpfs tmpfs rw',
      ];
      writeFileSync(paths.mountInfo, `${lines.join('\n')}\n`);
      install({ bootc: {} });
      await expect(
        findHost(signal, undefined, { ...paths, ostreeBooted: '/nonexistent' }),
      ).rejects.toMatchObject({
        code: 'unsupported-host',
      });
    },
  );

  test.each([
    {
      name: 'bootc where bootc manages it',
      programs: { bootc: { [bootcStatus]: print(bootcJson({})) }, 'rpm-ostree': {}, ostree: newOstree },
      kind: 'bootc',
    },
    {
      name: 'rpm-ostree where bootc says that it does not manage it',
      programs: { bootc: { [bootcStatus]: print(bootcJson(null)) }, 'rpm-ostree': {}, ostree: newOstree },
      kind: 'rpm-ostree',
    },
    {
      name: 'ostree where bootc says that it does not manage it',
      programs: { bootc: { [bootcStatus]: print(bootcJson(null)) }, ostree: newOstree },
      kind: 'ostree',
    },
    {
      name: 'ostree where bootc does not answer',
      programs: { bootc: { [bootcStatus]: refuse('error: must be root') }, ostree: newOstree },
      kind: 'ostree',
    },
    { name: 'rpm-ostree', programs: { 'rpm-ostree': {}, ostree: newOstree }, kind: 'rpm-ostree' },
    { name: 'ostree where there is nothing else', programs: { ostree: newOstree }, kind: 'ostree' },
  ])('is of $name', async ({ programs, kind }) => {
    install(programs);
    const host = await found();
    expect(host.kind).toBe(kind);
    expect((await host.deployments(signal)).map(({ id }) => id)).toEqual([staged.id, `os-${b}.0`]);
  });

  test('without any of the programs cannot be asked', async () => {
    install({});
    await expect(find()).rejects.toMatchObject({ code: 'tool-missing' });
  });
});

describe('deployments', () => {
  test.each([
    { name: 'bootc', programs: { bootc: { [bootcStatus]: print(bootcJson({})) } } },
    { name: 'rpm-ostree', programs: { 'rpm-ostree': { 'status --json': print(rpmOstreeJson) } } },
  ])('are told by $name where libostree does not answer', async ({ programs }) => {
    install({ ...programs, ostree: { 'admin status --json': refuse('error: No such metadata object') } });
    const [first, second] = await (await found()).deployments(signal);
    expect(first).toMatchObject({ ...staged, root: `/ostree/deploy/os/deploy/${a}.0`, staged: true });
    expect(second).toMatchObject({ checksum: b, booted: true });
  });

  test('are told by libostree, without a question to the daemon of rpm-ostree', async () => {
    install({ 'rpm-ostree': { 'status --json': print(rpmOstreeJson) }, ostree: newOstree });
    await (await found()).deployments(signal);
    expect(commands).toEqual(['ostree admin status --json']);
  });

  test('cannot be told where nobody answers, and libostree says why', async () => {
    install({
      'rpm-ostree': {},
      ostree: { 'admin status --json': refuse('error: No such metadata object') },
    });
    await expect((await found()).deployments(signal)).rejects.toMatchObject({
      code: 'deployment',
      message: 'ostree cannot say what is deployed: No such metadata object',
    });
  });

  test('are asked for in vain once the run is interrupted', async () => {
    install({ ostree: newOstree });
    const host = await found();
    await expect(host.deployments(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the lock', () => {
  test('is taken and released with lock-finalization', async () => {
    install({ ostree: newOstree });
    const host = await found();
    expect(await host.hold(staged, signal)).toBe('ours');
    expect(await host.release(staged, signal)).toBe('released');
    expect(commands.filter((command) => command.includes('lock-'))).toEqual([
      'ostree admin lock-finalization',
      'ostree admin lock-finalization --unlock',
    ]);
  });

  test('is the lock file where ostree has no lock-finalization', async () => {
    install({ ostree: oldOstree });
    const host = await found();
    expect(await host.hold(staged, signal)).toBe('ours');
    expect(readFileSync(paths.lockFile, 'utf8')).toBe(`bound-images ${staged.id}\n`);
    expect((await host.deployments(signal))[0]).toMatchObject({ heldBy: 'ours' });
    expect(await host.release(staged, signal)).toBe('released');
    expect((await host.deployments(signal))[0]).toMatchObject({ heldBy: null });
  });

  test('is the lock file where there is no ostree', async () => {
    install({ bootc: { [bootcStatus]: print(bootcJson({})) } });
    const host = await found();
    expect(await host.hold(staged, signal)).toBe('ours');
    expect((await host.deployments(signal))[0]).toMatchObject({ heldBy: 'ours' });
  });

  test('stays in the file when libostree fails, so that nothing is finalized', async () => {
    install({ ostree: { ...newOstree, 'admin lock-finalization': refuse('error: Read-only file system') } });
    await expect((await found()).hold(staged, signal)).rejects.toMatchObject({
      code: 'deployment',
      message: 'ostree cannot lock the staged deployment: Read-only file system',
    });
    expect(readFileSync(paths.lockFile, 'utf8')).toBe(`bound-images ${staged.id}\n`);
  });
});
