import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BoundImagesError } from '../../src/model/error.js';
import { receiptStore } from '../../src/state/receipts.js';
import { fifo, makeTree, symlink } from '../support/tree.js';
import { receipt } from './sample-receipt.js';

const name = `${receipt.deployment}.json`;
const other = { ...receipt, deployment: 'fedora-coreos-0000.1', state: 'staged' as const };

test('reads what was written last', () => {
  const receipts = receiptStore(makeTree({}));
  receipts.write(other);
  receipts.write({ ...receipt, state: 'checking' });
  receipts.write(receipt);
  expect(receipts.read(receipt.deployment)).toEqual({ kind: 'read', value: receipt });
});

test('has none before one is written, also without a directory', () => {
  const receipts = receiptStore(join(makeTree({}), 'not/there'));
  expect(receipts.read(receipt.deployment)).toEqual({ kind: 'none' });
  expect(receipts.all()).toEqual([]);
  receipts.remove(receipt.deployment);
});

test('writes one file for each deployment, for this user only, and leaves nothing beside it', () => {
  const directory = join(makeTree({}), 'state');
  receiptStore(directory).write(receipt);
  receiptStore(directory).write({ ...receipt, runs: 3 });
  expect(readdirSync(directory)).toEqual([name]);
  expect([directory, join(directory, name)].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600,
  ]);
});

test('takes any name of a deployment without leaving the directory', () => {
  const top = makeTree({});
  const receipts = receiptStore(join(top, 'state'));
  const deployments = ['../../x', '/srv/root', '..', '.hidden', 'a b\n', 'a'.repeat(300)];
  for (const deployment of deployments) receipts.write({ ...receipt, deployment });
  expect(readdirSync(top)).toEqual(['state']);
  for (const deployment of deployments) {
    expect(receipts.read(deployment)).toMatchObject({ kind: 'read', value: { deployment } });
  }
  expect(receipts.all()).toHaveLength(deployments.length);
});

test('lists all in the order of their names, and damaged ones among them', () => {
  const directory = makeTree({
    'broken-1.0.json': '{',
    '.fedora-coreos-1.0.json.0123456789ab.tmp': '{}',
    'old.json.damaged-1': '{}',
    'stores/pulled-images.json': '{}',
  });
  const receipts = receiptStore(directory);
  receipts.write(receipt);
  receipts.write(other);
  expect(receipts.all()).toEqual([
    { kind: 'damaged', damage: expect.objectContaining({ file: join(directory, 'broken-1.0.json') }) },
    { kind: 'read', value: other },
    { kind: 'read', value: receipt },
  ]);
});

test('lists a directory that cannot be read as damaged', () => {
  const directory = join(makeTree({ file: '' }), 'file');
  expect(receiptStore(directory).all()).toMatchObject([
    { kind: 'damaged', damage: { file: directory, message: expect.stringContaining('not a directory') } },
  ]);
});

test('removes the receipt of one deployment', () => {
  const receipts = receiptStore(makeTree({}));
  receipts.write(receipt);
  receipts.write(other);
  receipts.remove(receipt.deployment);
  receipts.remove(receipt.deployment);
  expect(receipts.all()).toEqual([{ kind: 'read', value: other }]);
});

describe('a damaged receipt', () => {
  const json = JSON.stringify(receipt);
  const damages = [
    { kind: 'empty', content: '', problem: 'it is empty' },
    { kind: 'cut', content: json.slice(0, 100), problem: 'it is not JSON, or only a part of it' },
    { kind: 'all zeros', content: '\0'.repeat(100), problem: 'it is not JSON, or only a part of it' },
    { kind: 'not UTF-8', content: Buffer.from(json, 'latin1'), problem: 'it is not UTF-8' },
    { kind: 'no object', content: '[]', problem: 'it is not an object' },
    {
      kind: 'of a later version',
      content: json.replace('"schemaVersion":1', '"schemaVersion":2'),
      problem: 'it has schemaVersion 2, and this program knows only 1',
    },
    {
      kind: 'without a version',
      content: json.replace('"schemaVersion":1,', ''),
      problem: 'schemaVersion is none of 1',
    },
    {
      kind: 'of wrong types',
      content: json.replace('"attempts":3', '"attempts":"3"'),
      problem: 'images[1].attempts is not a whole number',
    },
    {
      kind: 'that of another deployment',
      content: JSON.stringify(other),
      problem: 'it is the receipt of another deployment',
    },
    { kind: 'a symbolic link', content: symlink('target'), problem: 'it is a symbolic link' },
    { kind: 'a directory', content: { kind: 'directory' } as const, problem: 'it is a directory' },
    { kind: 'a FIFO', content: fifo(), problem: 'it is not a regular file' },
    { kind: 'huge', content: ' '.repeat(16 * 1024 * 1024 + 1), problem: 'it is larger than 16 MiB' },
  ];

  test.each(damages)('that is $kind is said to be so, and stays as it is', ({ content, problem }) => {
    const directory = makeTree({ [name]: content, target: json });
    const file = join(directory, name);
    const expected = {
      kind: 'damaged',
      damage: {
        file,
        message: `${file} is not used: ${problem}`,
        hint: `it will be kept as ${file}.damaged-1 when a new one is written`,
      },
    };
    const receipts = receiptStore(directory);
    expect([receipts.read(receipt.deployment), ...receipts.all()]).toEqual([expected, expected]);
    expect(readdirSync(directory)).toEqual([name, 'target']);
  });

  test.each(damages)('that is $kind is kept aside when a new one is written', ({ content }) => {
    const directory = makeTree({ [name]: content, target: json });
    const receipts = receiptStore(directory);
    const before = statSync(join(directory, name));
    receipts.write(receipt);
    expect(receipts.read(receipt.deployment)).toEqual({ kind: 'read', value: receipt });
    expect(readdirSync(directory)).toEqual([name, `${name}.damaged-1`, 'target']);
    expect(statSync(join(directory, `${name}.damaged-1`))).toMatchObject({
      ino: before.ino,
      size: before.size,
    });
    expect(readFileSync(join(directory, 'target'), 'utf8')).toBe(json);
  });

  test('is kept beside those of earlier times', () => {
    const directory = makeTree({});
    const receipts = receiptStore(directory);
    const path = join(directory, name);
    writeFileSync(path, 'first');
    receipts.write(receipt);
    mkdirSync(`${path}.damaged-2`);
    symlinkSync('nowhere', `${path}.damaged-3`);
    writeFileSync(path, 'second');
    receipts.write(receipt);
    expect(readFileSync(`${path}.damaged-1`, 'utf8')).toBe('first');
    expect(readFileSync(`${path}.damaged-4`, 'utf8')).toBe('second');
  });

  test('is kept aside, too, when it is to be removed', () => {
    const directory = makeTree({ [name]: 'text' });
    receiptStore(directory).remove(receipt.deployment);
    expect(readdirSync(directory)).toEqual([`${name}.damaged-1`]);
  });
});

test('the reason of an error is not written: the hint has its words', () => {
  const state = makeTree({});
  const error = { code: 'stalled', message: 'm', hint: 'h' };
  const reason = { kind: 'stalled' } as const;
  const [image] = receipt.images;
  if (image === undefined) throw new Error('the sample has an image');
  const failed = {
    ...receipt,
    error: { ...error, reason },
    images: [{ ...image, error: { ...error, reason } }],
  };
  const store = receiptStore(state);
  store.write(failed);
  expect(store.read(receipt.deployment)).toEqual({
    kind: 'read',
    value: { ...failed, error, images: [{ ...image, error }] },
  });
});

test.each([
  { name: 'is a file', state: 'file' },
  { name: 'lies below a file', state: 'file/state' },
])('says that a directory that $name cannot hold receipts, and what to do', ({ state }) => {
  const receipts = receiptStore(join(makeTree({ file: '' }), state));
  expect(receipts.read(receipt.deployment)).toMatchObject({
    kind: 'damaged',
    damage: { message: expect.stringContaining('it cannot be read: not a directory (ENOTDIR)') },
  });
  expect(() => receipts.write(receipt)).toThrow(
    expect.objectContaining({
      code: 'state',
      message: expect.stringMatching(/6f3c0a\.0\.json cannot be written: .*\((ENOTDIR|EEXIST)\)$/),
      hint: expect.stringMatching(/, or name another$/),
      reason: { kind: 'state-directory' },
    }),
  );
  expect(() => receipts.write(receipt)).toThrow(BoundImagesError);
});
