import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { findingInOptions, inOptions } from '../../src/cli/hints.js';
import { program } from '../../src/cli/program.js';
import { diagnose } from '../../src/diagnostic/diagnose.js';
import { nowhere } from '../../src/diagnostic/place.js';
import { BoundImagesError } from '../../src/model/error.js';
import type { Reason } from '../../src/model/reason.js';

test.each<{ reason: Reason; hint: string; said: string }>([
  {
    reason: { kind: 'room-estimated', isTemporary: true },
    hint: 'make room there',
    said: 'make room there; --min-free 0 skips this forecast',
  },
  {
    reason: { kind: 'room-estimated', isTemporary: false },
    hint: 'make room',
    said: 'make room with bound-images prune, then with podman image prune; --min-free 0 skips this forecast',
  },
  {
    reason: { kind: 'no-room' },
    hint: 'make room',
    said: 'make room with bound-images prune, then with podman image prune',
  },
  { reason: { kind: 'no-deployments' }, hint: 'name the root', said: 'name the root with --root' },
  {
    reason: { kind: 'other-at-work' },
    hint: 'try again when it has ended, or wait for it',
    said: 'try again when it has ended, or wait for it with --wait 30m',
  },
  {
    reason: { kind: 'state-directory' },
    hint: 'make sure that it can be written, or name another',
    said: 'make sure that it can be written, or name another with --state-dir',
  },
  { reason: { kind: 'root-invalid', root: '/r' }, hint: 'see it', said: 'see bound-images check --root /r' },
  {
    reason: { kind: 'root-invalid', root: '/r', currentRoot: '/' },
    hint: 'see it',
    said: 'nothing was removed; see bound-images check --root /r --current-root /',
  },
])('a hint names the options of the command line: $said', ({ reason, hint, said }) => {
  expect(inOptions({ message: 'm', hint, reason })).toEqual({ message: 'm', hint: said });
});

test('a root or an image that cannot be used is called by its option', () => {
  const root = { kind: 'root-unusable', root: 'current', path: '/x', problem: 'does not exist' } as const;
  expect(inOptions({ message: 'm', hint: 'h', reason: root })).toEqual({
    message: '--current-root /x does not exist',
    hint: 'give --current-root the directory that is the whole OS tree',
  });
  const image = { kind: 'image-unusable', image: 'oci:/x', problem: 'no such file' } as const;
  expect(inOptions({ message: 'm', hint: null, reason: image })).toEqual({
    message: '--image oci:/x: no such file',
    hint: null,
  });
});

test('what has no reason stays as it is', () => {
  const error = new BoundImagesError('store', 'm', { hint: 'h' });
  expect(inOptions({ message: error.message, hint: error.hint, reason: error.reason })).toEqual({
    message: 'm',
    hint: 'h',
  });
});

test('a finding names options, too', () => {
  const nothing = (...others: readonly string[]) =>
    diagnose('nothing-bound', nowhere, { root: './', others });
  const warning = { ...nothing('rootfs'), severity: 'warning' } as const;
  expect([nothing(), nothing('rootfs', 'other'), warning].map((each) => findingInOptions(each).hint)).toEqual(
    [
      'name the directory that holds usr/lib/bound-images.d: --root DIR; where nothing is to be bound, add --rule nothing-bound=off',
      'name that one: --root rootfs; where nothing is to be bound, add --rule nothing-bound=off',
      'name that one: --root rootfs',
    ],
  );
  const other = diagnose('directory-missing', nowhere, {});
  expect(findingInOptions(other)).toBe(other);
});

test('no sentence below the command line names an option or a command of ours', () => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  const commands = program(() => undefined).commands;
  const options = commands.flatMap((each) => each.options.flatMap(({ long }) => long?.slice(2) ?? []));
  const names = [...new Set(options)];
  const words = commands.map((each) => each.name()).join('|');
  // An argument of a program ends with its quote; what follows “podman” is podman's.
  const ours = new RegExp(
    `(?<!podman [^'\`]*)--(?:${names.join('|')})(?=[ :;,.)”])|bound-images (?:${words})\\b`,
  );
  const found = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('cli/'))
    .flatMap((path) =>
      readFileSync(join('src', path), 'utf8')
        .split('\n')
        .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line) && ours.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
  // The schema of drop-ins is for authors, who run checks.
  expect(found).toEqual([expect.stringMatching(/^scan\/drop-in\/format\.ts: .*“check --online” asks/)]);
});
