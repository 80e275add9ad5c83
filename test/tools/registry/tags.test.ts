import { expect, test } from 'vitest';
import { parseTags } from '../../../src/tools/registry/tags.js';

test.each([
  {
    name: 'reads every tag once, and sorts them',
    json: '{"Repository":"r.example/app","Tags":["b","a","1.0-x_Y","b"]}',
    tags: ['1.0-x_Y', 'a', 'b'],
  },
  { name: 'takes null for none', json: '{"Repository":"r.example/app","Tags":null}', tags: [] },
  {
    name: 'leaves out what is no tag',
    json: JSON.stringify({
      Tags: ['a', '', null, 7, `sha256:${'0'.repeat(64)}`, '--rm', '.x', 'a'.repeat(129)],
    }),
    tags: ['a'],
  },
])('$name', ({ json, tags }) => {
  expect(parseTags(json)).toEqual({ kind: 'found', tags });
});

test.each([
  { json: '', problem: 'it is not JSON (line 1, column 1: it ends in the middle)' },
  { json: '[]', problem: 'it is no object' },
  { json: '{"Tags":"a"}', problem: 'Tags is no list' },
])('says why $json cannot be read', ({ json, problem }) => {
  expect(parseTags(json)).toEqual({ kind: 'unreadable', problem });
});
