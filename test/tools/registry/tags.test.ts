import { expect, test } from 'vitest';
import { parseTagsPage } from '../../../src/tools/registry/tags.js';

test.each([
  {
    name: 'reads every tag',
    json: '{"name":"app","tags":["b","a","1.0-x_Y"]}',
    tags: ['b', 'a', '1.0-x_Y'],
  },
  { name: 'takes null for none', json: '{"name":"app","tags":null}', tags: [] },
  {
    name: 'leaves out what is no tag',
    json: JSON.stringify({
      tags: ['a', '', null, 7, `sha256:${'0'.repeat(64)}`, '--rm', '.x', 'a'.repeat(129)],
    }),
    tags: ['a'],
  },
])('$name', ({ json, tags }) => {
  expect(parseTagsPage(json)).toEqual({ kind: 'found', tags });
});

test.each([
  { json: '', problem: 'it is not JSON (line 1, column 1: it ends in the middle)' },
  { json: '[]', problem: 'it is not an object' },
  { json: '{"tags":"a"}', problem: 'tags is not a list' },
])('says why $json cannot be read', ({ json, problem }) => {
  expect(parseTagsPage(json)).toEqual({ kind: 'unreadable', problem });
});
