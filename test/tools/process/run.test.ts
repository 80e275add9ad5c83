import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BoundImagesError } from '../../../src/model/error.js';
import { findProgram, requireProgram } from '../../../src/tools/process/find-program.js';
import { run } from '../../../src/tools/process/run.js';
import { file, makeTree } from '../../support/tree.js';

const sh = (script: string, options: Parameters<typeof run>[2] = {}) =>
  run('/bin/sh', ['-c', script, 'sh', 'an argument; with $(text)'], options);

test('gives what a program prints and how it ends', async () => {
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
    exitCode: 3,
    signal: null,
    stdout: 'out\n',
    stderr: 'err\n',
    stopped: false,
  });
});

test('hands arguments over as they are, and an environment in which programs speak English', async () => {
  const { stdout } = await sh('echo "$1 $LC_ALL $MINE"', { env: { MINE: 'mine' } });
  expect(stdout).toBe('an argument; with $(text) C mine\n');
});

test('names the signal that ended a program', async () => {
  expect(await sh('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL', stopped: false });
});

test('keeps the end of a long stderr', async () => {
  const { stderr } = await sh('yes x | head -c 200000 >&2; echo end >&2');
  expect(stderr.length).toBeLessThanOrEqual(64 * 1024);
  expect(stderr.endsWith('end\n')).toBe(true);
});

test('starts nothing once it is to stop', async () => {
  const marker = join(makeTree({}), 'started');
  const result = await sh(`touch ${marker}`, { signal: AbortSignal.abort() });
  expect([result.stopped, existsSync(marker)]).toEqual([true, false]);
});

test('stops a program with TERM, and takes along what it has started', async () => {
  const pidFile = join(makeTree({}), 'pid');
  const stop = new AbortController();
  const running = sh(`(trap '' TERM; exec sleep 60 >/dev/null 2>&1) & echo $! > ${pidFile}; wait`, {
    signal: stop.signal,
  });
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await sleep(10);
  stop.abort();
  expect(await running).toMatchObject({ signal: 'SIGTERM', stopped: true });
  const left = Number(readFileSync(pidFile, 'utf8'));
  for (let tries = 0; tries < 100 && isRunning(left); tries += 1) await sleep(20);
  expect(isRunning(left)).toBe(false);
});

test('tells of each command line before it is started', async () => {
  const lines: (readonly string[])[] = [];
  await run('/bin/echo', ['x'], { trace: (line) => lines.push(line) });
  expect(lines).toEqual([['/bin/echo', 'x']]);
});

test('names a program that cannot be started', async () => {
  const broken = join(makeTree({ broken: file('#!/nonexistent\n', { mode: 0o755 }) }), 'broken');
  await expect(run(broken, [])).rejects.toThrow(broken);
});

test.each([
  { name: 'in the search path', program: 'tool', found: 'b/tool' },
  { name: 'by its path', program: 'TOP/b/tool', found: 'b/tool' },
  { name: 'not if it is no program', program: 'text', found: undefined },
  { name: 'not if it is a directory', program: 'folder', found: undefined },
])('finds a program $name', ({ program, found }) => {
  const top = makeTree({ 'a/text': 'x', 'a/folder/x': '', 'b/tool': file('', { mode: 0o755 }) });
  const path = findProgram(program.replace('TOP', top), `${top}/a:${top}/b`);
  expect(path).toBe(found && join(top, found));
});

test('says which package a missing program is in', () => {
  expect(() => requireProgram('podman', '/nonexistent')).toThrow(BoundImagesError);
  try {
    requireProgram('podman', '/nonexistent');
  } catch (error) {
    expect(error).toMatchObject({ code: 'tool-missing', hint: expect.stringContaining('package podman') });
  }
});

/** A zombie that nobody has waited for yet runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('hands the program its input, and nothing to one that gets none', async () => {
  expect((await run('/bin/cat', [], { input: 'r.example' })).stdout).toBe('r.example');
  expect((await run('/bin/cat', [])).stdout).toBe('');
  // Nobody reads it: that is no error.
  expect((await run('/bin/true', [], { input: 'x'.repeat(1024 * 1024) })).exitCode).toBe(0);
});
