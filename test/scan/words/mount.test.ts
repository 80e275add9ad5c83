import { expect, test } from 'vitest';
import { parseMount } from '../../../src/scan/words/mount.js';

test.each([
  ['type=bind,source=/a,dst=/b', { kind: 'mount', type: 'bind', source: { value: '/a', offset: 17 } }],
  ['src=v.volume,dst=/b', { kind: 'mount', type: 'volume', source: { value: 'v.volume', offset: 4 } }],
  ['type=tmpfs,dst=/b', { kind: 'mount', type: 'tmpfs', source: undefined }],
  ['source=a,source=b,type=glob', { kind: 'mount', type: 'glob', source: { value: 'b', offset: 16 } }],
  ['type=bind,source,src=a', { kind: 'mount', type: 'bind', source: { value: undefined, offset: 10 } }],
  ['type=a=b,src=x', { kind: 'mount', type: 'volume', source: { value: 'x', offset: 13 } }],
  ['type=bind,type=image,src=x', { kind: 'mount', type: 'bind', source: { value: 'x', offset: 25 } }],
  ['type=bind,"src=a,""b"', { kind: 'mount', type: 'bind', source: { value: 'a,"b', offset: 15 } }],
  ['type=,src=x', { kind: 'mount', type: '', source: { value: 'x', offset: 10 } }],
  ['/b', { kind: 'mount', type: 'volume', source: undefined }],
])('reads %s as podman does', (text, expected) => {
  expect(parseMount(text)).toEqual(expected);
});

test.each(['', '\n', 'a"b', '"a', '"a"b', 'a\nb', '"a","b'])(
  'cannot read %j, which is not one line of CSV',
  (text) => {
    expect(parseMount(text)).toEqual({ kind: 'unreadable' });
  },
);
