import { expect, test } from 'vitest';
import { order } from '../../../src/pull/engine/order.js';
import { need } from './driver.js';

test.each([
  { name: 'nothing of nothing', images: {}, expected: [] },
  {
    name: 'the largest of a family first, whose own blobs arrive while the base is unpacked',
    images: { logs: 'base 100, logs 1', database: 'base 100, database 90', agent: 'base 100, agent 10' },
    expected: ['database', 'agent', 'logs'],
  },
  {
    name: 'the end of a chain first',
    images: { a: 'os 50', b: 'os 50, runtime 30', c: 'os 50, runtime 30, app 5' },
    expected: ['c', 'b', 'a'],
  },
  {
    name: 'one with a deeper shared blob before a larger one with the base only',
    images: {
      large: 'base 100, large 500',
      java1: 'base 100, jre 60, java1 1',
      java2: 'base 100, jre 60, java2 2',
    },
    expected: ['java2', 'java1', 'large'],
  },
  {
    name: 'the family with more waiting first',
    images: { x1: 'x 40, x1 1', x2: 'x 40, x2 1', y1: 'y 30, y1 1', y2: 'y 30, y2 1', y3: 'y 30, y3 1' },
    expected: ['y1', 'y2', 'y3', 'x1', 'x2'],
  },
  { name: 'equals as they are', images: { b: 'same 10', a: 'same 10' }, expected: ['b', 'a'] },
  {
    name: 'by size',
    images: { small: 's 1', large: 'l 9', medium: 'm 3' },
    expected: ['large', 'medium', 'small'],
  },
  {
    name: 'as if nobody shared a small blob',
    images: { one: 'empty 0.000032, one 5', two: 'empty 0.000032, two 6' },
    expected: ['two', 'one'],
  },
  {
    name: 'those last whose blobs nobody knows',
    images: { u: null, a: 'a 1', nothing: '' },
    expected: ['a', 'nothing', 'u'],
  },
])('puts $name', ({ images, expected }) => {
  const keys = Object.keys(images);
  const needs = Object.values<string | null>(images).map((text) => need(text));
  expect(order(needs).map((place) => keys[place])).toEqual(expected);
});

test('puts an image last that is not looked up yet', () => {
  expect(order([null, need('a 1')])).toEqual([1, 0]);
});
