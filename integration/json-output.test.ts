import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newBoundHost } from './support/bound-host.js';
import { runChecked } from './support/checked-cli.js';
import { dropIn } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.clearFaults();
  await perTest.run();
});

let source: ImageSource;
let app: SourceImage;

beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
});

const forEver = new Promise<never>(() => {});

describe('a run without a result says why in JSON on stdout', () => {
  test.each([
    { name: 'an unknown option', args: ['list', '--format', 'json', '--nonsense'], code: 'usage', status: 2 },
    { name: 'an unknown command', args: ['lst', '--format=json'], code: 'usage', status: 2 },
    {
      name: 'a root that is not there',
      args: ['check', '--root', '/nonexistent', '--format', 'json'],
      code: 'usage',
      status: 2,
    },
    {
      name: 'settings that cannot be read',
      args: ['check', '--config', '/nonexistent', '--format', 'json'],
      code: 'usage',
      status: 2,
    },
    {
      name: 'a podman that is not there',
      args: ['status', '--podman', '/nonexistent', '--format', 'json'],
      code: expect.stringMatching(/^(?:tool-missing|unsupported-host)$/),
      status: 4,
    },
  ])('$name', async ({ args, code, status }) => {
    const { exitCode, stdout, stderr } = await runChecked(args);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      error: { code, message: expect.any(String), hint: expect.toSatisfy(isTextOrNull) },
    });
    expect(stderr).toMatch(/^error: /);
    expect(exitCode).toBe(status);
  });

  test('for people it is on stderr only', async () => {
    const { stdout, stderr } = await runChecked(['list', '--root', '/nonexistent']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: /);
  });

  test('a signal', async () => {
    source.proxy.addFault({ path: /./, action: { kind: 'hold', until: forEver } });
    source.proxy.forget();
    const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [app.tagged]) });
    const live = host.start('check', ['--online', '--format', 'json']);
    await waitUntil('it asks', () => source.proxy.requests().length > 0);
    live.kill('SIGTERM');
    const stopped = await live.finished;
    expect(JSON.parse(stopped.stdout).error).toMatchObject({
      code: 'interrupted',
      message: 'stopped by SIGTERM',
    });
    expect(stopped.exitCode).toBe(143);
  });
});

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

describe('progress as JSON has a plan and a summary', () => {
  const kindsOf = (stderr: string) =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));

  test('where all is there already', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [app.pinned]) });
    expect(await host.pull()).toMatchObject({ exitCode: 0 });
    const { stderr, exitCode } = await host.pull('--progress', 'json');
    expect(exitCode).toBe(0);
    expect(kindsOf(stderr)).toMatchObject([
      { kind: 'plan', images: 1, toPull: 0 },
      { kind: 'summary', images: 1, present: 1, pulled: 0, failed: 0 },
    ]);
  });

  test('where nothing can be pulled', async () => {
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [`${source.proxy.host}/team/gone:1`]),
    });
    const { stderr, exitCode } = await host.pull('--progress', 'json');
    expect(exitCode).toBe(1);
    const events = kindsOf(stderr).filter(({ kind }) => kind === 'plan' || kind === 'summary');
    expect(events).toMatchObject([
      { kind: 'plan', images: 1, toPull: 0 },
      { kind: 'summary', images: 1, present: 0, pulled: 0, failed: 1 },
    ]);
  });

  test('where podman is not there', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('apps', [app.pinned]) });
    const { stderr, exitCode } = await host.pull('--progress', 'json', '--podman', '/nonexistent');
    expect(exitCode).toBe(4);
    expect(kindsOf(stderr)).toMatchObject([{ kind: 'plan' }, { kind: 'summary', images: 1, failed: 1 }]);
  });
});
