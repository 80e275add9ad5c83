import { expect, test } from 'vitest';
import {
  absentAs,
  anything,
  count,
  duration,
  elseAs,
  flag,
  list,
  matching,
  nullable,
  number,
  object,
  oneOf,
  readAs,
  record,
  text,
  texts,
  time,
} from '../../src/text/shape.js';

const shape = object({
  name: text,
  kind: oneOf('a', 'b'),
  at: time,
  size: nullable(count),
  seconds: duration,
  parts: list(object({ name: text })),
});
const value = {
  name: 'x',
  kind: 'a',
  at: '2026-03-01T10:00:00.000Z',
  size: 3,
  seconds: 0.5,
  parts: [{ name: 'y' }],
};

test('takes a value that fits, and leaves out keys that it does not know', () => {
  expect(readAs(shape, { ...value, later: 1, parts: [{ name: 'y', later: 1 }] })).toEqual({
    kind: 'fits',
    value,
  });
  expect(readAs(shape, { ...value, size: null })).toEqual({ kind: 'fits', value: { ...value, size: null } });
});

test.each([
  { name: 'another type', json: '[]', problem: 'it is not an object' },
  { name: 'null', json: 'null', problem: 'it is not an object' },
  { name: 'a missing key', change: { name: undefined }, problem: 'name is not text' },
  { name: 'an unknown word', change: { kind: 'c' }, problem: 'kind is none of a, b' },
  { name: 'an object for a word', change: { kind: {} }, problem: 'kind is none of a, b' },
  { name: 'a date that is none', change: { at: 'yesterday' }, problem: 'at is not a time' },
  { name: 'a number for a date', change: { at: 1 }, problem: 'at is not a time' },
  { name: 'a negative count', change: { size: -1 }, problem: 'size is not a whole number' },
  { name: 'a count with a fraction', change: { size: 1.5 }, problem: 'size is not a whole number' },
  { name: 'a count too large to be exact', change: { size: 2 ** 53 }, problem: 'size is not a whole number' },
  { name: 'a text for a number', change: { seconds: '1' }, problem: 'seconds is not a duration' },
  { name: 'null where it is not meant', change: { seconds: null }, problem: 'seconds is not a duration' },
  { name: 'an object for a list', change: { parts: {} }, problem: 'parts is not a list' },
  { name: 'a wrong item', change: { parts: [{ name: 'y' }, 1] }, problem: 'parts[1] is not an object' },
  {
    name: 'a wrong value deep inside',
    change: { parts: [{ name: 1 }] },
    problem: 'parts[0].name is not text',
  },
])('refuses $name', ({ json, change, problem }) => {
  const wrong = json === undefined ? { ...value, ...change } : JSON.parse(json);
  expect(readAs(shape, wrong)).toEqual({ kind: 'mismatch', problem });
});

test('lets an error that is no mismatch through', () => {
  const broken = () => {
    throw new RangeError('a mistake');
  };
  expect(() => readAs(object({ name: broken }), {})).toThrow(RangeError);
});

test('reads what programs leave out, what is not of the right type, and what has names of its own', () => {
  const loose = object({
    absent: absentAs('none', text),
    other: elseAs(0, number),
    names: texts,
    labels: record(text),
    on: flag,
    id: matching(/^\d+$/, 'is no ID'),
    rest: anything,
  });
  const rest = { labels: { a: 'b' }, on: true, id: '1', rest: [1] };
  expect(readAs(loose, { ...rest, absent: null, other: 'x', names: ['a', 1, 'b'] })).toEqual({
    kind: 'fits',
    value: { ...rest, absent: 'none', other: 0, names: ['a', 'b'] },
  });
  expect(readAs(loose, { ...rest, absent: 1 })).toMatchObject({ problem: 'absent is not text' });
  expect(readAs(loose, { ...rest, on: 1 })).toMatchObject({ problem: 'on is neither true nor false' });
  expect(readAs(loose, { ...rest, id: 'x' })).toMatchObject({ problem: 'id is no ID' });
});

test('a name from outside is shown as it is safe to show', () => {
  const name = `\u001b[2J${'x'.repeat(200)}`;
  expect(readAs(object({ labels: record(text) }), { labels: { [name]: 1 } })).toEqual({
    kind: 'mismatch',
    problem: `labels.\\x1b[2J${'x'.repeat(96)}… is not text`,
  });
});
