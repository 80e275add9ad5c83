import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Lease, storeLeases } from '../../src/state/leases.js';
import { makeTree } from '../support/tree.js';

const noon = new Date('2026-01-01T12:00:00Z');
const lease = (osImage: string, until: string, id = 'one'): Lease => ({
  osImage,
  until,
  ids: [id],
});
const [running, over] = ['2026-01-01T12:00:01Z', '2026-01-01T12:00:00Z'];

test('a lease counts until it is over, and one for the same OS image takes its place', () => {
  const root = makeTree({});
  const leases = storeLeases(root, () => noon);
  expect(leases.read()).toEqual({ leases: [], damage: null });
  leases.put(lease('os:1', over));
  leases.put(lease('os:2', running));
  leases.put(lease('os:3', running));
  leases.put(lease('os:2', running, 'two'));
  expect(leases.read().leases).toEqual([lease('os:3', running), lease('os:2', running, 'two')]);
  const later = storeLeases(root, () => new Date(running));
  expect(later.read().leases).toEqual([]);
  expect(later.all().leases).toEqual([
    { ...lease('os:3', running), isOver: true },
    { ...lease('os:2', running, 'two'), isOver: true },
  ]);
  expect(leases.all().leases.map(({ isOver }) => isOver)).toEqual([false, false]);
  later.removeOld();
  expect(leases.all()).toEqual({ leases: [], damage: null });
});

test('a file that is no list of leases is told', () => {
  const root = makeTree({});
  mkdirSync(join(root, 'bound-images'));
  writeFileSync(join(root, 'bound-images/leases.json'), '{"schemaVersion": 1, "leases": 1}');
  expect(storeLeases(root).read()).toMatchObject({
    leases: [],
    damage: {
      file: join(root, 'bound-images/leases.json'),
      message: expect.stringContaining('is not a list'),
    },
  });
});
