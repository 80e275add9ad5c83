import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  claimLockFile,
  createLockFile,
  readLockFile,
  removeLockFile,
} from '../../../src/tools/ostree/lock-file.js';
import { makeTree } from '../../support/tree.js';

const deployment = `os-${'a'.repeat(64)}.0`;
const other = `os-${'b'.repeat(64)}.0`;
let directory: string;
let path: string;

beforeEach(() => {
  directory = makeTree({});
  path = join(directory, 'staged-deployment-locked');
});

describe('a lock file', () => {
  test.each([
    { name: 'empty, as libostree makes it', content: '' },
    { name: 'without the end of its line', content: `bound-images ${deployment}` },
    { name: 'with more after it', content: `bound-images ${deployment}\nmore\n` },
    { name: 'of another tool', content: 'held by the night shift\n' },
    { name: 'larger than any of ours', content: 'x'.repeat(1_000_000) },
  ])('$name is theirs', ({ content }) => {
    writeFileSync(path, content);
    expect(readLockFile(path)).toEqual({ kind: 'theirs' });
  });

  test('is theirs when it is a directory', () => {
    mkdirSync(path);
    expect(readLockFile(path)).toEqual({ kind: 'theirs' });
  });

  test('is theirs when it is a link to one of ours', () => {
    createLockFile(join(directory, 'elsewhere'), deployment);
    symlinkSync('elsewhere', path);
    expect(readLockFile(path)).toEqual({ kind: 'theirs' });
  });

  test('is absent when it is a link to nothing, which libostree does not take for a lock', () => {
    symlinkSync('nowhere', path);
    expect(readLockFile(path)).toEqual({ kind: 'absent' });
  });

  test('says for which deployment we made it', () => {
    expect(createLockFile(path, deployment)).toBe(true);
    expect(readLockFile(path)).toEqual({ kind: 'ours', deployment });
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test('of someone else is never made ours by creating one', () => {
    writeFileSync(path, '');
    expect(createLockFile(path, deployment)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  test('is claimed for another deployment', () => {
    createLockFile(path, other);
    claimLockFile(path, deployment);
    expect(readLockFile(path)).toEqual({ kind: 'ours', deployment });
  });

  test('leaves no other file behind', () => {
    createLockFile(path, other);
    createLockFile(path, deployment);
    claimLockFile(path, deployment);
    expect(readdirSync(directory)).toEqual(['staged-deployment-locked']);
  });
});

describe('removing', () => {
  test.each([
    { name: 'removes ours', content: `bound-images ${deployment}\n`, remains: false },
    { name: 'keeps ours for another deployment', content: `bound-images ${other}\n`, remains: true },
    { name: 'keeps theirs', content: '', remains: true },
  ])('$name', ({ content, remains }) => {
    writeFileSync(path, content);
    removeLockFile(path, deployment);
    expect(existsSync(path)).toBe(remains);
  });

  test('is content when there is none', () => {
    expect(() => removeLockFile(path, deployment)).not.toThrow();
  });
});

test('says what to do when the directory is not there', () => {
  expect(() => createLockFile(join(directory, 'run/ostree/locked'), deployment)).toThrow(
    expect.objectContaining({
      code: 'deployment',
      message: `${directory}/run/ostree/locked cannot be written: no such file or directory (ENOENT)`,
    }),
  );
});
