import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RunOptions, run } from '../../../src/tools/process/run.js';
import { file, makeTree } from '../../support/tree.js';

const sh = (script: string, options: RunOptions = {}) =>
  run('/bin/sh', ['-c', script, 'sh', '-n', 'b c'], options);

test('lets other work go first, for processor and disk, when it is to be nice', async () => {
  const { stdout } = await sh('nice; ionice', { nice: true });
  expect(stdout).toBe('19\nbest-effort: prio 7\n');
});

test.each([undefined, false])('keeps its own priority when nice is %s', async (nice) => {
  const { stdout } = await sh('nice; ionice', { nice });
  const own = await run('nice', []);
  expect(stdout.startsWith(own.stdout)).toBe(true);
  expect(stdout).not.toContain('prio 7');
});

test('is nice with the arguments as they are, those that look like options of nice included', async () => {
  const { stdout } = await sh('printf "%s|" "$@"', { nice: true });
  expect(stdout).toBe('-n|b c|');
});

test('tells of the command line without the programs that make it nice', async () => {
  const lines: (readonly string[])[] = [];
  await run('/bin/echo', ['x'], { nice: true, trace: (line) => lines.push(line) });
  expect(lines).toEqual([['/bin/echo', 'x']]);
});

test('names a program that cannot be started when it is to be nice', async () => {
  const broken = join(makeTree({ broken: file('#!/nonexistent\n', { mode: 0o755 }) }), 'broken');
  await expect(run(broken, [], { nice: true })).rejects.toMatchObject({ code: 'tool-missing' });
});

test.each([false, true])('tells the group of the child, which it leads itself (nice: %s)', async (nice) => {
  const groups: number[] = [];
  const { stdout } = await sh('echo $$; cut -d" " -f5 /proc/$$/stat', {
    nice,
    onStart: (group) => groups.push(group),
  });
  const [pid, group] = stdout.trim().split('\n').map(Number);
  expect(groups).toEqual([pid]);
  expect(group).toBe(pid);
});

test('tells the group while the child runs', async () => {
  let seen = '';
  await sh('sleep 0.2', {
    onStart: (group) => {
      seen = readFileSync(`/proc/${group}/stat`, 'utf8');
    },
  });
  expect(seen).not.toBe('');
});

test('tells no group when nothing is started', async () => {
  const groups: number[] = [];
  await sh('true', { signal: AbortSignal.abort(), onStart: (group) => groups.push(group) });
  expect(groups).toEqual([]);
});
