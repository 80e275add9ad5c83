import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  lockFinalization,
  unlockFinalization,
  withHolder,
} from '../../../src/tools/ostree/finalization-lock.js';
import { createLockFile, readLockFile } from '../../../src/tools/ostree/lock-file.js';
import { makeTree } from '../../support/tree.js';
import { type SysrootModel, sysrootModel } from './sysroot-model.js';

const { signal } = new AbortController();
let file: string;

beforeEach(() => {
  file = join(makeTree({}), 'staged-deployment-locked');
});

const lock = (id: string, { tools }: SysrootModel) => lockFinalization(id, tools, signal);
const unlock = (id: string, { tools }: SysrootModel) => unlockFinalization(id, tools, signal);

describe.each(['before 2023.7', '2023.8'] as const)('with libostree %s', (since) => {
  let sysroot: SysrootModel;
  beforeEach(() => {
    sysroot = sysrootModel(file, since);
  });

  test('holds what is staged until it is unlocked, and leaves nothing behind', async () => {
    const id = sysroot.stage();
    expect(await lock(id, sysroot)).toBe('ours');
    expect(sysroot.isHeld()).toBe(true);
    expect(await unlock(id, sysroot)).toBe('released');
    expect(sysroot.isHeld()).toBe(false);
    expect(existsSync(file)).toBe(false);
  });

  test('knows its own lock again', async () => {
    const id = sysroot.stage();
    await lock(id, sysroot);
    expect(await lock(id, sysroot)).toBe('ours');
  });

  test('knows its own lock after it died between the file and libostree', async () => {
    const id = sysroot.stage();
    createLockFile(file, id);
    expect(sysroot.isHeld()).toBe(true);
    expect(await lock(id, sysroot)).toBe('ours');
    expect(await unlock(id, sysroot)).toBe('released');
    expect(sysroot.isHeld()).toBe(false);
  });

  test('leaves the lock with which it was staged', async () => {
    const id = sysroot.stage({ locked: true });
    expect(await lock(id, sysroot)).toBe('theirs');
    expect(await unlock(id, sysroot)).toBe('theirs');
    expect(sysroot.isHeld()).toBe(true);
  });

  test('leaves a lock file that someone made by hand', async () => {
    const id = sysroot.stage();
    writeFileSync(file, '');
    expect(await lock(id, sysroot)).toBe('theirs');
    expect(await unlock(id, sysroot)).toBe('theirs');
    expect(sysroot.isHeld()).toBe(true);
  });

  test('starts anew with what was staged in place of the one that it holds', async () => {
    await lock(sysroot.stage(), sysroot);
    const id = sysroot.stage();
    expect(await lock(id, sysroot)).toBe('ours');
    expect(sysroot.isHeld()).toBe(true);
    expect(await unlock(id, sysroot)).toBe('released');
    expect(sysroot.isHeld()).toBe(false);
  });

  test('knows its own lock where libostree removes the file late', async () => {
    await lock(sysroot.stage(), sysroot);
    const id = sysroot.stage();
    let calls = 0;
    sysroot.onCall = () => {
      // Between our file and our lock, the first and the second call.
      if (calls === 1 && since === '2023.8') rmSync(file, { force: true });
      calls += 1;
    };
    expect(await lock(id, sysroot)).toBe('ours');
    expect(await lock(id, sysroot)).toBe('ours');
    expect(await unlock(id, sysroot)).toBe('released');
    expect(sysroot.isHeld()).toBe(false);
  });

  test('locks nothing when another deployment is staged', async () => {
    const old = sysroot.stage();
    sysroot.stage();
    expect(await lock(old, sysroot)).toBe('not-staged');
    expect(sysroot.isHeld()).toBe(false);
  });

  test('unlocks nothing when another deployment is staged', async () => {
    const old = sysroot.stage();
    const id = sysroot.stage();
    await lock(id, sysroot);
    expect(await unlock(old, sysroot)).toBe('not-staged');
    expect(sysroot.isHeld()).toBe(true);
  });

  test('has nothing to lock or to unlock when nothing is staged', async () => {
    const id = sysroot.stage();
    sysroot.drop();
    expect(await lock(id, sysroot)).toBe('not-staged');
    expect(await unlock(id, sysroot)).toBe('not-staged');
    expect(existsSync(file)).toBe(false);
  });

  test('has nothing to unlock when someone has unlocked it before', async () => {
    const id = sysroot.stage();
    await lock(id, sysroot);
    sysroot.change(false);
    rmSync(file, { force: true });
    expect(await unlock(id, sysroot)).toBe('released');
  });

  test.each([0, 1, 2])(
    'holds nothing for ever when it is dropped before call %i of locking',
    async (call) => {
      const id = sysroot.stage();
      sysroot.onCall = (number) => number === call && sysroot.drop();
      expect(await lock(id, sysroot)).toBe('not-staged');
      expect(existsSync(file)).toBe(false);
      sysroot.stage();
      expect(sysroot.isHeld()).toBe(false);
    },
  );

  test.each([0, 1, 2])('can release what was staged in its place before call %i of locking', async (call) => {
    const old = sysroot.stage();
    let id = '';
    sysroot.onCall = (number) => {
      if (number === call) id = sysroot.stage();
    };
    expect(await lock(old, sysroot)).toBe('not-staged');
    expect(await lock(id, sysroot)).toBe('ours');
    expect(await unlock(id, sysroot)).toBe('released');
    expect(sysroot.isHeld()).toBe(false);
  });
});

test('leaves a lock that someone takes while it locks', async () => {
  const sysroot = sysrootModel(file, '2023.8');
  const id = sysroot.stage();
  sysroot.onCall = (number) => number === 1 && sysroot.change(true);
  expect(await lock(id, sysroot)).toBe('theirs');
  expect(await unlock(id, sysroot)).toBe('theirs');
  expect(sysroot.isHeld()).toBe(true);
});

test('never releases what another holds, whatever happens before, and always releases its own', async () => {
  const action = fc.constantFrom('stage', 'stage locked', 'drop', 'lock', 'unlock', 'our lock', 'our unlock');
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 20 }), async (actions) => {
      rmSync(file, { force: true });
      const sysroot = sysrootModel(file, '2023.8');
      let staged = sysroot.stage();
      let holder: 'us' | 'them' | null = null;
      for (const action of actions) {
        if (action === 'stage' || action === 'stage locked') {
          staged = sysroot.stage({ locked: action === 'stage locked' });
          holder = action === 'stage locked' ? 'them' : null;
        } else if (action === 'drop') {
          sysroot.drop();
          staged = sysroot.stage();
          holder = null;
        } else if (action === 'lock' || action === 'unlock') {
          sysroot.change(action === 'lock');
          holder = action === 'unlock' ? null : (holder ?? 'them');
        } else if (action === 'our lock') {
          holder ??= 'us';
          expect(await lock(staged, sysroot)).toBe(holder === 'us' ? 'ours' : 'theirs');
        } else {
          expect(await unlock(staged, sysroot)).toBe(holder === 'them' ? 'theirs' : 'released');
          if (holder === 'us') holder = null;
        }
        expect(sysroot.isHeld()).toBe(holder !== null);
      }
    }),
  );
});

describe('a deployment', () => {
  const listed = {
    stateroot: 'os',
    checksum: 'a'.repeat(64),
    serial: 1,
    booted: false,
    staged: true,
    rollback: false,
    pinned: false,
    softReboot: false,
    locked: false,
  };
  const id = `os-${listed.checksum}.1`;

  test('has the ID and the directory of its stateroot, checksum and serial', () => {
    const { locked: _, ...name } = listed;
    expect(withHolder(listed, file)).toEqual({
      ...name,
      id,
      root: `/ostree/deploy/os/deploy/${listed.checksum}.1`,
      heldBy: null,
    });
  });

  test.each([
    { name: 'no lock', own: false, content: null, heldBy: null },
    { name: 'a lock in its own data', own: true, content: null, heldBy: 'theirs' },
    { name: 'a lock file', own: false, content: '', heldBy: 'theirs' },
    { name: 'our lock file', own: true, content: `bound-images ${id}\n`, heldBy: 'ours' },
    {
      name: 'our lock file for another',
      own: false,
      content: 'bound-images os-x.0\n',
      heldBy: 'theirs',
    },
  ])('with $name: held by $heldBy', ({ own, content, heldBy }) => {
    if (content !== null) writeFileSync(file, content);
    expect(withHolder({ ...listed, locked: own }, file).heldBy).toBe(heldBy);
  });

  test('that is not staged is not locked by the lock file', () => {
    writeFileSync(file, '');
    expect(readLockFile(file).kind).toBe('theirs');
    expect(withHolder({ ...listed, staged: false }, file).heldBy).toBe(null);
  });
});
