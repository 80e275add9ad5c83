import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writtenBytes as writtenByGroup } from '../../../src/tools/process/group-output.js';
import { run } from '../../../src/tools/process/run.js';
import { makeTree } from '../../support/tree.js';
import { startWriter } from '../../support/writer.js';

function writtenBytes(group: number): number {
  return writtenByGroup(new Set([group])).get(group) ?? 0;
}

/** The shell says after each write that it is done, in one byte. */
const answer = 1;

test('counts what a process has written, wherever to', async () => {
  const writer = await startWriter();
  const before = writtenBytes(writer.group);
  await writer.write(500_000);
  const between = writtenBytes(writer.group);
  await writer.write(7);
  const sizes = [between - before, writtenBytes(writer.group) - between];
  expect(sizes).toEqual([500_000 + answer, 7 + answer]);
});

test('counts every process of the group', async () => {
  let group = 0;
  const top = makeTree({});
  const done = join(top, 'done');
  const script = `(printf %0300000d 0 >/dev/null; : >${done}; sleep 60) &
    while ! [ -e ${done} ]; do sleep 0.02; done; printf %0200000d 0 >/dev/null; : >${done}2; sleep 60`;
  const stop = new AbortController();
  const ended = run('/bin/sh', ['-c', script], {
    signal: stop.signal,
    onStart: (started) => {
      group = started;
    },
  });
  await expect.poll(() => writtenBytes(group), { timeout: 10_000 }).toBeGreaterThanOrEqual(500_000);
  stop.abort();
  expect(await ended).toMatchObject({ stopped: true });
});

test('leaves out other groups', async () => {
  const [one, other] = [await startWriter(), await startWriter()];
  const before = writtenBytes(one.group);
  await other.write(1_000_000);
  expect(writtenBytes(one.group)).toBe(before);
});

// proc(5): the name of a program stands unescaped between brackets before the number of its group.
test.each(['a) S 1 1', ') ) (', '1 2 3 4', 'x\ny'])('reads past a program named %j', async (name) => {
  const program = join(makeTree({}), name);
  copyFileSync('/bin/sh', program);
  const writer = await startWriter(program);
  await writer.write(100_000);
  expect(writtenBytes(writer.group)).toBeGreaterThanOrEqual(100_000);
});

test('is nothing for a group that is gone, or never was', async () => {
  const writer = await startWriter();
  await writer.write(10);
  await writer.stop();
  expect([writtenBytes(writer.group), writtenBytes(-1)]).toEqual([0, 0]);
});

test('tells groups apart', async () => {
  const [one, other] = [await startWriter(), await startWriter()];
  const groups = new Set([one.group, other.group]);
  const before = writtenByGroup(groups);
  await other.write(1000);
  const after = writtenByGroup(groups);
  const news = [one, other].map(({ group }) => (after.get(group) ?? 0) - (before.get(group) ?? 0));
  expect(news).toEqual([0, 1000 + answer]);
  expect([...writtenByGroup(new Set())]).toEqual([]);
});
