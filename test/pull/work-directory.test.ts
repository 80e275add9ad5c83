import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeLeftovers, workDirectory } from '../../src/pull/work-directory.js';
import { dir, makeTree, symlink } from '../support/tree.js';

/** The parts of the name of a directory of this process, and the number of a process that is gone. */
function owner() {
  const parent = makeTree({});
  const work = workDirectory(parent);
  work.subdirectory();
  const [name = ''] = readdirSync(parent);
  work.remove();
  const [bootId = '', namespace = '', pid = '', startTime = ''] = name
    .slice('bound-images-'.length, name.lastIndexOf('-'))
    .split('.');
  return { bootId, namespace, pid, startTime, deadPid: String(spawnSync('true').pid) };
}

function nameFor(...parts: readonly string[]): string {
  return `bound-images-${parts.join('.')}-aB3xYz`;
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

test('removes at once what runs left that are gone, with its secrets', () => {
  const { bootId, namespace, pid, startTime, deadPid } = owner();
  const parent = makeTree({
    [`${nameFor(bootId, namespace, deadPid, startTime)}/1/auth.json`]: '{}',
    [`${nameFor(bootId, namespace, deadPid, '1')}/`]: dir(),
    [`${nameFor(bootId, namespace, pid, '1')}/`]: dir(),
    [`${nameFor('0a1b-2c3d', namespace, pid, startTime)}/`]: dir(),
  });
  workDirectory(parent);
  expect(readdirSync(parent)).toEqual([]);
});

test('leaves alone what is another’s, or may be', () => {
  const { bootId, namespace, pid, startTime, deadPid } = owner();
  const parent = makeTree({
    [`${nameFor(bootId, namespace, pid, startTime)}/1/`]: dir(),
    [`${nameFor(bootId, '1', deadPid, startTime)}/`]: dir(),
    [nameFor(bootId, namespace, deadPid, '1')]: symlink('target'),
    [nameFor(bootId, namespace, deadPid, '2')]: 'a file',
    'bound-images-test-K0Xjd9/': dir(),
    'bound-images-undefined-K0Xjd9/': dir(),
    [`target/${nameFor(bootId, namespace, deadPid, startTime)}/`]: dir(),
  });
  const names = readdirSync(parent);
  workDirectory(parent);
  expect(readdirSync(parent)).toEqual(names);
  expect(readdirSync(join(parent, 'target'))).toHaveLength(1);
});

test('keeps the directories of one process apart', () => {
  const parent = makeTree({});
  const [one, other] = [workDirectory(parent), workDirectory(parent)];
  one.subdirectory();
  other.subdirectory();
  expect(readdirSync(parent)).toHaveLength(2);
  one.remove();
  expect(readdirSync(parent)).toHaveLength(1);
});

test('says which directory it cannot use, and what to do', () => {
  const work = workDirectory('/nonexistent/tmp');
  expect(() => work.subdirectory()).toThrow('/nonexistent/tmp');
});

test('tells when it is to make a directory where there can be none', () => {
  const work = workDirectory(join(makeTree({ file: 'text' }), 'file'));
  expect(() => work.subdirectory()).toThrow(expect.objectContaining({ code: 'temporary-files' }));
});

test('removes what podman unpacked for runs that are gone, and nothing else', () => {
  const { bootId, namespace, pid, startTime, deadPid } = owner();
  const gone = `${nameFor(bootId, namespace, deadPid, startTime)}.1.`;
  const kept = {
    [`oci2/${nameFor(bootId, namespace, pid, startTime)}.1.`]: '',
    'oci3/index.json': '{}',
    [`oci/${gone}`]: '',
    [`ocix4/${gone}`]: '',
    [`oci5/a/${gone}`]: '',
    oci6: symlink('elsewhere'),
    [`elsewhere/${gone}`]: '',
  };
  const parent = makeTree({ ...kept, [`oci1/${gone}`]: '', 'oci1/blobs/x': 'blob' });
  removeLeftovers([parent]);
  expect(readdirSync(parent).sort()).toEqual(['elsewhere', 'oci', 'oci2', 'oci3', 'oci5', 'oci6', 'ocix4']);
});
