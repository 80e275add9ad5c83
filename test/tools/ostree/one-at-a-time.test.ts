import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { lockFinalization, unlockFinalization } from '../../../src/tools/ostree/finalization-lock.js';
import { oneAtATime } from '../../../src/tools/ostree/one-at-a-time.js';
import { makeTree } from '../../support/tree.js';
import { type SysrootModel, sysrootModel } from './sysroot-model.js';

const { signal } = new AbortController();
let file: string;
beforeEach(() => {
  file = join(makeTree({}), 'staged-deployment-locked');
});

test('ends one change before the next one begins, also where the first fails', async () => {
  const seen: string[] = [];
  const change = (name: string) => async () => {
    seen.push(`${name} begins`);
    await sleep(20);
    seen.push(`${name} ends`);
    if (name === 'a') throw new Error(name);
    return name;
  };
  const both = await Promise.allSettled([
    oneAtATime(file, signal, change('a')),
    oneAtATime(file, signal, change('b')),
  ]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect([seen.slice(0, 2), seen.slice(2)].sort()).toEqual([
    ['a begins', 'a ends'],
    ['b begins', 'b ends'],
  ]);
});

test('makes no lock itself, and changes nothing once it was stopped', async () => {
  await oneAtATime(file, signal, async () => undefined);
  expect(readdirSync(dirname(file))).toEqual(['staged-deployment-locked.bound-images']);
  const change = async () => expect.fail('it was stopped');
  await expect(oneAtATime(file, AbortSignal.abort(), change)).rejects.toMatchObject({ name: 'AbortError' });
});

test('fails where its file cannot be made', async () => {
  const path = join(dirname(file), 'absent/staged-deployment-locked');
  await expect(oneAtATime(path, signal, async () => undefined)).rejects.toMatchObject({
    code: 'deployment',
    message: `${path}.bound-images cannot be opened: no such file or directory (ENOENT)`,
  });
});

test('two that lock at the same time know the lock as theirs both', async () => {
  const sysroot = slow(sysrootModel(file, '2023.8'));
  const id = sysroot.stage();
  const lock = () => oneAtATime(file, signal, () => lockFinalization(id, sysroot.tools, signal));
  expect(await Promise.all([lock(), lock()])).toEqual(['ours', 'ours']);
  expect(await unlockFinalization(id, sysroot.tools, signal)).toBe('released');
  expect(sysroot.isHeld()).toBe(false);
});

/** Questions take some time, so that the steps of two that ask mix. */
function slow(model: SysrootModel): SysrootModel {
  const { list, setLock, file: path } = model.tools;
  const tools = {
    file: path,
    list: async (stop: AbortSignal) => {
      await sleep(5);
      return await list(stop);
    },
    setLock: async (locked: boolean, stop: AbortSignal) => {
      await sleep(5);
      return await setLock(locked, stop);
    },
  };
  return { ...model, tools };
}
