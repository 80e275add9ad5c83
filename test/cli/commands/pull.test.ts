import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { type PullCommandOptions, pull } from '../../../src/cli/commands/pull.js';
import { pullDefaults } from '../../../src/operations/defaults.js';
import { file, makeTree } from '../../support/tree.js';
import type { TreeSpec } from '../../support/tree-spec.js';

beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, 'write').mockReturnValue(true);
});

const good = { 'usr/lib/bound-images.d/app.toml': 'images = ["quay.io/x/app:1"]\n' };
const bad = { 'usr/lib/bound-images.d/bad.toml': 'images = ["UPPER/case:1"]\n' };

/** A run whose time is up while its podman has not said where its store is. */
function outOfTime(entries: TreeSpec, options: Partial<PullCommandOptions>): Promise<number> {
  const tree = makeTree({
    'usr/lib/os-release': 'ID=test\n',
    ...entries,
    podman: file('#!/bin/sh\nexec /bin/sleep 600\n', { mode: 0o755 }),
  });
  return pull({
    ...pullDefaults,
    root: tree,
    currentRoot: tree,
    podman: join(tree, 'podman'),
    timeout: 1,
    format: 'json',
    quiet: true,
    verbose: false,
    progress: 'none',
    ...options,
  });
}

test('when its time is up, it is worth another try', async () => {
  expect(await outOfTime(good, {})).toBe(75);
});

test('an invalid entry counts more than that', async () => {
  expect(await outOfTime({ ...good, ...bad }, { keepGoing: true })).toBe(3);
});

test('a root with an invalid entry is not pulled', async () => {
  expect(await outOfTime({ ...good, ...bad }, {})).toBe(3);
});

test('an image that cannot be pulled for want of a podman is an error, whatever the entries', async () => {
  const podman = '/nonexistent/podman';
  const without = outOfTime({ ...good, ...bad }, { keepGoing: true, timeout: 60_000, podman });
  await expect(without).rejects.toMatchObject({ code: 'tool-missing' });
});
