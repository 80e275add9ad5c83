import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { HostPath } from '../../src/model/path.js';
import { takeFromDirectory } from '../../src/payloads/from-directory.js';
import { type StagedOutput, stageOutput } from '../../src/payloads/output.js';
import { take } from '../../src/payloads/take.js';
import { dir, fifo, file, makeTree, symlink } from '../support/tree.js';

const limits = { maxBytes: 1000, mode: undefined, digest: undefined };
const pieces = (text: string) => Readable.from([Buffer.from(text)]);
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('what is written', () => {
  test('a file gets its mode and has the digest that is wanted', async () => {
    const parent = makeTree({ to: 'before' });
    const to = join(parent, 'to');
    const wanted = { maxBytes: 3, mode: 0o600, digest: sha256('new') };
    const taken = await take((output) => output.file('', true, pieces('new')), wanted, to, false);
    expect(taken).toEqual({ kind: 'file', bytes: 3, files: 1, digest: sha256('new') });
    expect(lstatSync(to).mode & 0o7777).toBe(0o600);
    expect(readFileSync(to, 'utf8')).toBe('new');
    expect(readdirSync(parent)).toEqual(['to']);
  });

  test.each<{ name: string; digest?: string; write: (output: StagedOutput) => unknown; why: RegExp }>([
    {
      name: 'a file of another digest',
      digest: sha256('other'),
      write: (output) => output.file('', false, pieces('x')),
      why: /it is not the file that is wanted: it is sha256:/,
    },
    {
      name: 'a directory of which a digest is wanted',
      digest: sha256('other'),
      write: (output) => output.directory(''),
      why: /it is a directory, which has no digest/,
    },
    {
      name: 'a directory in place of a file',
      write: (output) => output.directory(''),
      why: /is a file, where/,
    },
    {
      name: 'more than is taken',
      write: (output) => output.file('', false, pieces('x'.repeat(1001))),
      why: /it is larger than/,
    },
    {
      name: 'a file below a link',
      write: async (output) => {
        output.symlink('link', 'directory');
        await output.file('link/file', false, pieces(''));
      },
      why: /below something that is no directory/,
    },
    {
      name: 'what fails on its way',
      write: (output) => output.file('', false, Readable.from(cut())),
      why: /cut in the middle/,
    },
  ])('not $name, and what was there stays', async ({ digest, write, why }) => {
    const parent = makeTree({ to: 'before' });
    const taking = take(
      async (output) => void (await write(output as StagedOutput)),
      { ...limits, digest },
      join(parent, 'to'),
      false,
    );
    await expect(taking).rejects.toThrow(why);
    expect(readdirSync(parent)).toEqual(['to']);
    expect(readFileSync(join(parent, 'to'), 'utf8')).toBe('before');
  });

  test.each(['/etc', '', '..', 'a/../..', 'x/../../y', '../..', './..'])('no link to “%s”', (target) => {
    const output = stageOutput(join(makeTree({}), 'to'), limits);
    expect(() => output.symlink('link', target)).toThrow(/which may lead out of it/);
    output.discard();
  });

  test('no directory where one is that is not empty, and one where it is', async () => {
    const parent = makeTree({ 'full/file': '', 'empty/': dir(), link: symlink('empty') });
    const at = (name: string) =>
      take(async (output) => output.directory(''), limits, join(parent, name), false);
    await expect(at('full')).rejects.toThrow('is a directory that is not empty');
    await expect(at('link')).rejects.toThrow('is neither a file nor a directory');
    expect(await at('empty')).toMatchObject({ kind: 'directory', files: 0 });
  });

  test('nothing where there is no directory for it', async () => {
    const taking = take(async (output) => output.directory(''), limits, join(makeTree({}), 'none/to'), false);
    await expect(taking).rejects.toThrow('no such file or directory (ENOENT)');
  });
});

function* cut(): Generator<Buffer> {
  yield Buffer.from('x');
  throw new Error('cut in the middle');
}

describe('out of a directory where an image is mounted comes', () => {
  const fromDirectory = async (top: HostPath, path: string) => {
    const to = join(makeTree({}), 'to');
    const signal = new AbortController().signal;
    await take(
      (output) => takeFromDirectory(top, path, output, signal).then(() => undefined),
      limits,
      to,
      false,
    );
    return to;
  };

  test('a file, where links lead as if it were the root', async () => {
    const top = makeTree({
      'usr/lib/file': file('text', { mode: 0o4700 }),
      lib: symlink('/usr/../../usr/lib'),
    });
    const to = await fromDirectory(top, '/lib/file');
    expect(readFileSync(to, 'utf8')).toBe('text');
    expect(lstatSync(to).mode & 0o7777).toBe(0o755);
  });

  test('a directory with all that is in it', async () => {
    const top = makeTree({ 'd/a/file': 'text', 'd/a/link': symlink('../b'), 'd/b/': dir(), other: '' });
    const to = await fromDirectory(top, 'd');
    expect(readdirSync(to, { recursive: true }).sort()).toEqual(['a', 'a/file', 'a/link', 'b']);
    expect(readlinkSync(join(to, 'a/link'))).toBe('../b');
  });

  test.each([
    { path: '/none', why: 'there is no /none in the image' },
    { path: '/d/file/x', why: 'there is no /d/file/x in the image' },
    { path: '/loop', why: 'too many links' },
    { path: '/d', why: '“fifo” in it is a device, a FIFO or a socket' },
    { path: '/out', why: 'which may lead out of it' },
    { path: '/dev/null', why: 'is a device' },
    { path: '/../../../../etc/passwd', why: 'there is no /../../../../etc/passwd' },
  ])('nothing of $path', async ({ path, why }) => {
    const top = makeTree({
      'd/file': '',
      'd/fifo': fifo(),
      loop: symlink('loop'),
      'out/link': symlink('../d'),
      etc: symlink('/nowhere'),
    });
    await expect(fromDirectory(top, path)).rejects.toThrow(why);
  });
});
