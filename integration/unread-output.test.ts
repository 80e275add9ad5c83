import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { cliCommand } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { execOk } from './support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let source: ImageSource;
let app: SourceImage;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
});

/** A pipe without room for a single byte; `read` takes out what is in it. */
async function fullPipe(): Promise<{ readonly fd: number; readonly read: () => Buffer }> {
  const path = join(await tempDir(perTest), 'pipe');
  await execOk('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  // Opened on its own: whoever inherits the other one may make it block.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const write = (bytes: Buffer) => {
    try {
      for (;;) writeSync(fd, bytes);
    } catch {
      // There is no more room.
    }
  };
  write(Buffer.alloc(4096, '#'));
  write(Buffer.alloc(1, '#'));
  const buffer = Buffer.alloc(4096);
  return {
    fd,
    read: () => {
      try {
        return Buffer.from(buffer.subarray(0, readSync(reader, buffer)));
      } catch {
        return Buffer.alloc(0);
      }
    },
  };
}

type Fd = number | 'pipe' | 'ignore';

function startOn(host: BoundHost, command: 'list' | 'pull', stdio: readonly Fd[], args: readonly string[]) {
  const roots = ['--root', host.newRoot, '--current-root', host.currentRoot];
  const store = ['--storage-root', host.store.root, '--storage-runroot', host.store.runroot];
  const all = [...roots, ...(command === 'pull' ? store : [])];
  const [program = '', ...before] = cliCommand;
  const child = spawn(program, [...before, command, ...all, '--format', 'json', ...args], {
    stdio: ['ignore', ...stdio],
    env: {
      ...process.env,
      ...host.store.env,
      TMPDIR: host.temporary,
      BOUND_IMAGES_STATE_DIR: host.temporary,
    },
  });
  perTest.add(() => void child.kill('SIGKILL'));
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return { child, ended: once(child, 'close'), stdout: () => stdout };
}

describe('a reader that reads nothing', () => {
  test.each<{ name: string; args: readonly string[]; stdio: (full: number) => readonly Fd[] }>([
    { name: 'of progress on stderr', args: ['--progress', 'json'], stdio: (full) => ['pipe', full] },
    { name: 'of lines on stderr', args: ['--progress', 'plain', '-v'], stdio: (full) => ['pipe', full] },
    { name: 'of a descriptor', args: ['--progress-fd', '3'], stdio: (full) => ['pipe', 'ignore', full] },
  ])('$name keeps neither the pull nor the end', async ({ args, stdio }) => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const { ended, stdout } = startOn(host, 'pull', stdio((await fullPipe()).fd), args);
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(stdout()).images).toMatchObject([{ state: 'pulled' }]);
  });

  test('of the result has until the time limit', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const { fd } = await fullPipe();
    const { ended } = startOn(host, 'pull', [fd, 'ignore'], ['--timeout', '15s']);
    expect(await ended).toEqual([75, null]);
    expect(await host.stored()).toEqual([app.tagged]);
  });

  test('of the result is not waited for after a signal', async () => {
    const host = await newBoundHost(perTest, { newRoot: dropIn('app', [app.tagged]) });
    const { fd } = await fullPipe();
    const live = startOn(host, 'pull', [fd, 'pipe'], ['--progress', 'json']);
    if (live.child.stderr !== null) await once(live.child.stderr, 'data');
    live.child.kill('SIGTERM');
    const [status, signal] = await live.ended;
    expect(signal ?? status).toBeOneOf(['SIGTERM', 143]);
  });
});

test('a slow reader gets all of a result, and all of the findings', async () => {
  const references = Array.from({ length: 600 }, (_, at) => `registry.example/team/app-${at}:1`);
  const leavings = references.map((_, at) => [`usr/lib/bound-images.d/left-${at}.toml~`, ''] as const);
  const host = await newBoundHost(perTest, {
    newRoot: { ...dropIn('apps', references), ...Object.fromEntries(leavings) },
  });
  const [out, err] = [await fullPipe(), await fullPipe()];
  const { ended } = startOn(host, 'list', [out.fd, err.fd], ['--format', 'human']);
  const texts = ['', ''];
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (let rest = 1; !isOver || rest > 0; ) {
    rest = 0;
    for (const [at, pipe] of [out, err].entries()) {
      const bytes = pipe.read();
      rest += bytes.length;
      texts[at] += bytes.toString('latin1');
    }
    await sleep(5);
  }
  const [result = '', notes = ''] = texts.map((text) => text.replace(/^#+/, ''));
  expect(result.match(/^registry\.example/gm)).toHaveLength(600);
  expect(result).toMatch(/600 bound images in \S+\n$/);
  expect(notes.match(/^warning/gm)).toHaveLength(600);
});
