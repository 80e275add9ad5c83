import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noRoomInStore } from '../../src/model/no-room.js';
import { type FileSystemSpace, freeSpace, roomForParts, shortage } from '../../src/plan/free-space.js';
import type { SpaceNeeds } from '../../src/plan/space.js';
import { makeTree, symlink } from '../support/tree.js';

const needs: SpaceNeeds = {
  temporaryBytes: 10,
  usualBytes: 0,
  storeBytes: 25,
  storeInodes: 3,
  expansion: { factor: 2.5, source: 'default' },
};

describe('the file systems', () => {
  test('of a store and a directory side by side are one, with what both need', () => {
    const top = makeTree({ 'store/x': '', 'tmp/x': '' });
    const [store, temporary] = [join(top, 'store'), join(top, 'tmp')];
    expect(freeSpace(needs, store, temporary)).toMatchObject([
      { directories: [store, temporary], neededBytes: 35, neededInodes: 3 },
    ]);
  });

  test('of a store on the disk and a directory in memory are two, each with what is needed there', () => {
    const store = makeTree({});
    expect(freeSpace(needs, store, '/dev/shm')).toMatchObject([
      { directories: [store], neededBytes: 25, neededInodes: 3 },
      { directories: ['/dev/shm'], neededBytes: 10, neededInodes: 0 },
    ]);
  });

  test('of what podman unpacks elsewhere is looked at where it is another one', () => {
    const more = { ...needs, usualBytes: 7 };
    const store = makeTree({});
    expect(freeSpace(more, store, store, '/dev/shm')).toMatchObject([
      { directories: [store, store], neededBytes: 35 },
      { directories: ['/dev/shm'], neededBytes: 7, isTemporary: true },
    ]);
    expect(freeSpace(more, store, '/dev/shm', '/dev/shm')).toMatchObject([
      { directories: [store], neededBytes: 25 },
      { directories: ['/dev/shm'], neededBytes: 10 },
    ]);
  });

  test.each([
    { name: 'is not there yet', below: 'a/b/c' },
    { name: 'lies behind a link', below: 'link/b' },
    { name: 'lies behind a link to nothing', below: 'dangling/b' },
  ])('of a store that $name is that of what will hold it', ({ below }) => {
    const top = makeTree({ link: symlink('/dev/shm'), dangling: symlink('nowhere') });
    const store = join(top, below);
    const shared = below.startsWith('link') ? '/dev/shm' : top;
    expect(freeSpace(needs, store, shared)).toMatchObject([
      { directories: [store, shared], neededBytes: 35 },
    ]);
  });

  test('have the room that a user without privileges may fill', () => {
    const store = makeTree({});
    const [space] = freeSpace(needs, store, store);
    const { bavail, bsize, ffree } = statfsSync(store);
    // Others write to the same disk.
    expect(Math.abs((space?.freeBytes ?? 0) - bavail * bsize)).toBeLessThan(1e9);
    expect(Math.abs((space?.freeInodes ?? 0) - ffree)).toBeLessThan(1e5);
  });

  // The file system of proc(5) names no number of inodes, as btrfs does not.
  test('without a fixed number of inodes have any number of them', () => {
    expect(freeSpace(needs, '/proc', '/proc')[0]?.freeInodes).toBeNull();
  });
});

function space(fields: Partial<FileSystemSpace>): FileSystemSpace {
  return {
    directories: ['/store'],
    neededBytes: 1000,
    isTemporary: false,
    freeBytes: 1_000_000,
    neededInodes: 10,
    freeInodes: 100,
    ...fields,
  };
}

describe('a shortage', () => {
  test.each([
    { name: 'where there is room', spaces: [space({})], minFree: 0 },
    { name: 'where the room is just enough', spaces: [space({ freeBytes: 1500 })], minFree: 500 },
    { name: 'where the inodes are just enough', spaces: [space({ freeInodes: 10 })], minFree: 0 },
    { name: 'of inodes that have no fixed number', spaces: [space({ freeInodes: null })], minFree: 0 },
    { name: 'without a file system', spaces: [], minFree: 500 },
  ])('is none $name', ({ spaces, minFree }) => {
    expect(shortage(spaces, needs, minFree)).toBeUndefined();
  });

  test.each([
    {
      name: 'one byte too few',
      spaces: [space({ freeBytes: 1499 })],
      expansion: needs.expansion,
      message:
        'not enough space: 1 B are missing in /store: about 1.0 kB needed ' +
        '(layers grow 2.5 times when unpacked, as is usual), 1.5 kB free, 500 B to be left free',
    },
    {
      name: 'both directories on one file system',
      spaces: [space({ directories: ['/store', '/var/tmp'], freeBytes: 0 })],
      expansion: { factor: 3.14, source: 'store' } as const,
      message:
        'not enough space: 1.5 kB are missing in /store and /var/tmp: about 1.0 kB needed ' +
        '(layers grow 3.1 times when unpacked, as the layers in the store show), 0 B free, 500 B to be left free',
    },
    {
      name: 'too few inodes',
      spaces: [space({ freeInodes: 9 })],
      expansion: needs.expansion,
      message: 'not enough space: about 10 inodes are needed in /store, and 9 are free',
    },
    {
      name: 'two file systems, each for its reason',
      spaces: [
        space({ freeInodes: 0 }),
        space({ directories: ['/var/tmp'], isTemporary: true, freeBytes: 0 }),
      ],
      expansion: needs.expansion,
      message:
        'not enough space: about 10 inodes are needed in /store, and 0 are free; ' +
        '1.5 kB are missing in /var/tmp: about 1.0 kB needed, 0 B free, 500 B to be left free',
    },
  ])('names $name', ({ spaces, expansion, message }) => {
    expect(shortage(spaces, { ...needs, expansion }, 500)).toEqual({
      code: 'no-space',
      kind: 'local',
      message,
      hint: expect.stringMatching(/^make room/),
      reason: { kind: 'room-estimated', isTemporary: false },
    });
  });

  test('of files that are gone in the end leaves no more free than they take', () => {
    const temporary = (freeBytes: number) => [space({ isTemporary: true, neededBytes: 100, freeBytes })];
    expect(shortage(temporary(200), needs, 500)).toBeUndefined();
    expect(shortage(temporary(199), needs, 500)?.message).toBe(
      'not enough space: 1 B are missing in /store: about 100 B needed, 199 B free, 100 B to be left free',
    );
  });

  test.each([
    { minFree: 256 * 1024 ** 2, left: '256M' },
    { minFree: 2 * 1024 ** 3, left: '2G' },
    { minFree: 1025, left: '1025 B' },
  ])('says what is to be left free as it was asked for: $left', ({ minFree, left }) => {
    expect(shortage([space({ freeBytes: 0 })], needs, minFree)?.message).toMatch(`, ${left} to be left free`);
  });

  test('of temporary files alone names another place for them', () => {
    expect(shortage([space({ isTemporary: true, freeBytes: 0 })], needs, 500)?.hint).toBe(
      'make room there, or set TMPDIR to a directory on a larger file system',
    );
  });

  test('of what is certain has no reason that an option would help', () => {
    const least = { ...needs, expansion: { factor: 1, source: 'none' } as const };
    expect(shortage([space({ freeBytes: 999 })], least, 0)).toEqual({
      code: 'no-space',
      kind: 'local',
      message: 'not enough space: 1 B are missing in /store: about 1.0 kB needed, 999 B free',
      ...noRoomInStore,
    });
  });
});

describe('the room for what is fetched ahead', () => {
  const store = makeTree({});
  const parts = join(store, 'bound-images/parts');
  const fileSystem = (fields: Partial<FileSystemSpace>): FileSystemSpace => ({
    directories: [store],
    neededBytes: 100,
    isTemporary: false,
    freeBytes: 1000,
    neededInodes: 0,
    freeInodes: null,
    ...fields,
  });

  test.each([
    { name: 'is what the pulls leave', free: 1000, minFree: 300, room: { bytes: 600, lackBytes: 0 } },
    { name: 'is none where nothing is left', free: 400, minFree: 300, room: { bytes: 0, lackBytes: 0 } },
    {
      name: 'is less than none where parts have taken it',
      free: 390,
      minFree: 300,
      room: { bytes: 0, lackBytes: 10 },
    },
    {
      name: 'allows for what layers grow where nothing was estimated',
      free: 1000,
      minFree: 0,
      room: { bytes: 750, lackBytes: 0 },
    },
  ])('$name', ({ free, minFree, room }) => {
    expect(roomForParts([fileSystem({ freeBytes: free })], parts, minFree)).toEqual(room);
  });

  test('is that of the file system where they lie', () => {
    const elsewhere = fileSystem({ directories: ['/dev/shm'], freeBytes: 0 });
    expect(roomForParts([elsewhere, fileSystem({})], parts, 300)).toEqual({ bytes: 600, lackBytes: 0 });
    const { bavail, bsize } = statfsSync(store);
    const { bytes } = roomForParts([elsewhere], parts, 300);
    expect(Math.abs(bytes - bavail * bsize)).toBeLessThan(1e9);
  });
});
