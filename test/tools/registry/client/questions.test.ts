import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { clientOver } from '../../../../src/tools/registry/client/client.js';
import type { Request } from '../../../../src/tools/registry/client/exchange.js';
import { foundText } from '../../../support/found.js';
import { virtualTime } from '../../../support/virtual-timer.js';
import { sourceAt, within } from './local-registry.js';
import { type MemoryAnswer, memoryNetwork } from './memory-network.js';

const source = sourceAt('r.example', { isInsecure: false });
const digestOf = (text: string, algorithm = 'sha256') =>
  `${algorithm}:${createHash(algorithm).update(text).digest('hex')}`;
const hex = 'a'.repeat(64);

function registry(answer: (request: Request) => MemoryAnswer) {
  const network = memoryNetwork(answer);
  const { timer } = virtualTime();
  const client = clientOver(network.exchange, { timer, random: () => 0, attempts: 1, userAgent: 'ua/1' });
  return { client, network };
}

test('a manifest is asked for with the types that podman takes', async () => {
  const { client, network } = registry(() => ({ body: '{}' }));
  await client.manifest(source, 'v1', within);
  expect(network.asked[0]?.headers).toEqual({
    accept: [
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'application/vnd.docker.distribution.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.oci.image.index.v1+json',
    ].join(', '),
    'docker-distribution-api-version': 'registry/2.0',
    'user-agent': 'ua/1',
  });
});

test.each(['sha256', 'sha384', 'sha512'])('a manifest has its digest by %s', async (algorithm) => {
  const { client } = registry(() => ({ body: '{"a":1}' }));
  const digest = digestOf('{"a":1}', algorithm);
  expect(await client.manifest(source, digest, within)).toEqual(foundText('{"a":1}', digest));
});

test.each(['md5:00', 'sha256:xyz', 'sha256:../../etc'])('%s is asked for nowhere', async (digest) => {
  const { client, network } = registry(() => ({ body: '{}' }));
  const failed = { kind: 'failed', failure: { code: 'reference', kind: 'permanent' } };
  expect(await client.manifest(source, digest, within)).toMatchObject(failed);
  expect(await client.config(source, digest, within)).toMatchObject(failed);
  expect(await client.referrers(source, digest, within)).toMatchObject(failed);
  expect(await client.blob(source, digest, within)).toMatchObject(failed);
  expect(network.asked).toHaveLength(0);
});

test('a config is a blob that has its digest', async () => {
  const { client, network } = registry(() => ({ body: '{"os":"linux"}' }));
  const digest = digestOf('{"os":"linux"}');
  const bytes = Buffer.from('{"os":"linux"}');
  expect(await client.config(source, digest, within)).toEqual({
    kind: 'found',
    bytes,
    text: '{"os":"linux"}',
  });
  expect(network.lines()).toEqual([`GET https://r.example/v2/app/blobs/${digest}`]);
  expect(await client.config(source, `sha256:${hex}`, within)).toMatchObject({
    failure: { code: 'corrupt', kind: 'transient' },
  });
});

test.each(['manifest', 'config'] as const)(
  'a %s of more than four mebibytes is refused',
  async (question) => {
    const body = 'x'.repeat(4 * 1024 * 1024 + 1);
    const { client } = registry(() => ({ body }));
    expect(await client[question](source, digestOf(body), within)).toMatchObject({
      failure: { code: 'oversized', kind: 'permanent' },
    });
  },
);

test('the tags of all pages are sorted, without what is none', async () => {
  const pages: Readonly<Record<string, MemoryAnswer>> = {
    '/v2/app/tags/list': {
      body: '{"name":"app","tags":["b","a",null,"sha256:00"]}',
      headers: { link: '</v2/app/tags/list?last=b&n=2>; rel="next"' },
    },
    '/v2/app/tags/list?last=b&n=2': {
      body: '{"tags":["c","a"]}',
      headers: { link: '<https://evil.example/v2/app/tags/list?last=c>; rel="next"' },
    },
    '/v2/app/tags/list?last=c': { body: '{"tags":null}' },
  };
  const { client, network } = registry(({ url }) => pages[`${url.pathname}${url.search}`] ?? { status: 404 });
  expect(await client.tags(source, within)).toEqual({ kind: 'found', tags: ['a', 'b', 'c'] });
  expect(new Set(network.asked.map(({ url }) => url.host))).toEqual(new Set(['r.example']));
});

test.each([
  { name: 'comes back to itself', next: () => '/v2/app/tags/list', body: '{"tags":[]}' },
  { name: 'goes on and on', next: (count: number) => `/v2/app/tags/list?n=${count}`, body: '{"tags":[]}' },
  {
    name: 'grows and grows',
    next: (count: number) => `/v2/app/tags/list?n=${count}`,
    body: JSON.stringify({ tags: Array.from({ length: 30_000 }, (_, at) => `t${at}`) }),
  },
])('a list of tags that $name has an end', async ({ next, body }) => {
  let count = 0;
  const { client } = registry(() => {
    count += 1;
    return { body, headers: { link: `<${next(count)}>; rel="next"` } };
  });
  expect(await client.tags(source, within)).toMatchObject({ failure: { code: 'oversized' } });
  expect(count).toBeLessThanOrEqual(1000);
});

test('a list of tags that is none', async () => {
  const { client } = registry(() => ({ body: '{"tags":{"a":1}}' }));
  expect(await client.tags(source, within)).toMatchObject({
    failure: { code: 'corrupt', message: expect.stringContaining('tags is not a list') },
  });
});

const index = 'application/vnd.oci.image.index.v1+json';

test.each([
  {
    name: 'a registry that knows them',
    answers: { [`/v2/app/referrers/sha256:${hex}`]: { body: '{"a":1}', headers: { 'content-type': index } } },
    result: { kind: 'found', text: '{"a":1}' },
  },
  {
    name: 'one that has a tag for them',
    answers: { [`/v2/app/manifests/sha256-${hex}`]: { body: '{"b":1}' } },
    result: { kind: 'found', text: '{"b":1}' },
  },
  {
    name: 'one that answers with a page',
    answers: {
      [`/v2/app/referrers/sha256:${hex}`]: { body: '<html>', headers: { 'content-type': 'text/html' } },
    },
    result: { kind: 'none' },
  },
  { name: 'one that has none', answers: {}, result: { kind: 'none' } },
])('what refers to a digest, from $name', async ({ answers, result }) => {
  const byPath: Readonly<Record<string, MemoryAnswer | undefined>> = answers;
  const { client } = registry(({ url }) => byPath[url.pathname] ?? { status: 404 });
  expect(await client.referrers(source, `sha256:${hex}`, within)).toMatchObject(result);
});

test.each([
  {
    name: 'all of it',
    wanted: {},
    sent: undefined,
    answer: { status: 200, headers: { 'content-length': '10' } },
    found: { status: 200, from: 0, length: 10, size: 10 },
  },
  {
    name: 'all of unknown length',
    wanted: {},
    sent: undefined,
    answer: {},
    found: { status: 200, length: null, size: null },
  },
  {
    name: 'the rest',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 206, headers: { 'content-range': 'bytes 4-9/10', 'content-length': '6' } },
    found: { status: 206, from: 4, length: 6, size: 10 },
  },
  {
    name: 'a part',
    wanted: { from: 2, to: 3 },
    sent: 'bytes=2-3',
    answer: { status: 206, headers: { 'content-range': 'bytes 2-3/*' } },
    found: { status: 206, from: 2, length: 2, size: null },
  },
  {
    name: 'a part that ends with the blob',
    wanted: { from: 2, to: 30 },
    sent: 'bytes=2-30',
    answer: { status: 206, headers: { 'content-range': 'bytes 2-9/10' } },
    found: { status: 206, length: 8 },
  },
  {
    name: 'all of it for a part',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 200, headers: { 'content-length': '10' } },
    found: { status: 200, from: 0, length: 10, size: 10 },
  },
  {
    name: 'another part',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 206, headers: { 'content-range': 'bytes 0-9/10' } },
    found: 'corrupt',
  },
  {
    name: 'too short a part',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 206, headers: { 'content-range': 'bytes 4-8/10' } },
    found: 'corrupt',
  },
  {
    name: 'too long a part',
    wanted: { from: 4, to: 5 },
    sent: 'bytes=4-5',
    answer: { status: 206, headers: { 'content-range': 'bytes 4-9/10' } },
    found: 'corrupt',
  },
  {
    name: 'a part of another length',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 206, headers: { 'content-range': 'bytes 4-9/10', 'content-length': '60' } },
    found: 'corrupt',
  },
  {
    name: 'a part that does not say which',
    wanted: { from: 4 },
    sent: 'bytes=4-',
    answer: { status: 206 },
    found: 'corrupt',
  },
  {
    name: 'a part of all',
    wanted: {},
    sent: undefined,
    answer: { status: 206, headers: { 'content-range': 'bytes 0-9/10' } },
    found: 'unknown',
  },
  {
    name: 'nothing behind its end',
    wanted: { from: 99 },
    sent: 'bytes=99-',
    answer: { status: 416 },
    found: 'unknown',
  },
])('of a blob comes $name', async ({ wanted, sent, answer, found }) => {
  const { client, network } = registry(() => ({ body: '0123456789', ...answer }));
  const result = await client.blob(source, `sha256:${hex}`, { ...within, ...wanted });
  expect(network.asked[0]?.headers.range).toBe(sent);
  if (typeof found !== 'string') expect(result).toMatchObject({ kind: 'found', ...found });
  else expect(result).toMatchObject({ failure: { code: found }, status: answer.status });
});

test.each<[string, MemoryAnswer, object]>([
  [
    'one part',
    {
      status: 206,
      headers: { 'content-range': 'bytes 2-4/10', 'content-type': 'x/y', 'content-length': '3' },
    },
    { kind: 'found', status: 206, contentType: 'x/y', contentRange: 'bytes 2-4/10', length: 3 },
  ],
  [
    'several parts',
    { status: 206, headers: { 'content-type': 'multipart/byteranges; boundary=a' } },
    {
      kind: 'found',
      status: 206,
      contentType: 'multipart/byteranges; boundary=a',
      contentRange: '',
      length: null,
    },
  ],
  ['all of it', { status: 200 }, { kind: 'found', status: 200, contentType: '', contentRange: '' }],
  ['nothing', { status: 416 }, { kind: 'failed', status: 416 }],
])('who wants parts of a blob gets %s as the registry says it', async (_, answer, found) => {
  const { client, network } = registry(() => answer);
  expect(await client.ranges(source, `sha256:${hex}`, 'bytes=2-4,7-', within)).toMatchObject(found);
  expect(network.asked[0]?.headers.range).toBe('bytes=2-4,7-');
  expect(await client.ranges(source, 'sha256:x', 'bytes=2-4', within)).toMatchObject({ kind: 'failed' });
  expect(network.asked).toHaveLength(1);
});
