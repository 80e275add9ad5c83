import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workDirectory } from '../../src/pull/work-directory.js';
import { dir, makeTree, symlink } from '../support/tree.js';

/** The owner file that a run of ours writes; with another process number it is that of a run that is gone. */
function ownerOf(parent: string): string {
  const [name = ''] = readdirSync(parent);
  return readFileSync(join(parent, name, 'owner'), 'utf8');
}

function owner(): { readonly mine: string; readonly dead: string } {
  const parent = makeTree({});
  const work = workDirectory(parent);
  work.subdirectory();
  const mine = ownerOf(parent);
  work.remove();
  const { pid } = spawnSync('true');
  const [bootId, namespace, , startTime] = mine.split(' ');
  return { mine, dead: [bootId, namespace, pid, startTime].join(' ') };
}

test('makes nothing before it is needed, then only what this user may enter, and removes it', () => {
  const parent = makeTree({});
  const work = workDirectory(parent);
  expect(readdirSync(parent)).toEqual([]);
  const first = work.subdirectory();
  const second = work.subdirectory();
  expect(first).not.toBe(second);
  expect([first, join(first, '..')].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  work.remove();
  expect(readdirSync(parent)).toEqual([]);
});

test('removes at once what a run left that is gone, with its secrets', () => {
  const { dead } = owner();
  const parent = makeTree({ 'bound-images-1-x/owner': dead, 'bound-images-1-x/1/auth.json': '{}' });
  workDirectory(parent);
  expect(readdirSync(parent)).toEqual([]);
});

test('removes what a run of an earlier boot left', () => {
  const [, ...rest] = owner().mine.split(' ');
  const parent = makeTree({ 'bound-images-1-x/owner': ['another-boot', ...rest].join(' ') });
  workDirectory(parent);
  expect(readdirSync(parent)).toEqual([]);
});

test('leaves alone what is another’s, or may be', () => {
  const { mine, dead } = owner();
  const [bootId, , pid, startTime] = dead.split(' ');
  const names = {
    'bound-images-live/owner': mine,
    'bound-images-unfinished/owner': '',
    'bound-images-ownerless/': dir(),
    'bound-images-elsewhere/owner': [bootId, 'pid:[1]', pid, startTime].join(' '),
    'bound-images-link': symlink('target'),
    'target/owner': dead,
    'something-else/owner': dead,
  };
  const parent = makeTree(names);
  workDirectory(parent);
  expect(readdirSync(parent).length).toBe(7);
});

test('says which directory it cannot use, and what to do', () => {
  const work = workDirectory('/nonexistent/tmp');
  expect(() => work.subdirectory()).toThrow('/nonexistent/tmp');
});
