import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { Failure } from '../../../src/model/failure.js';
import type { RegistrySource } from '../../../src/model/registry-source.js';
import { hostLookaside } from '../../../src/registries/signatures/lookaside.js';
import type { PlainFiles, PlainTrust } from '../../../src/tools/registry/client/plain-files.js';
import { dir, fifo, makeTree, type TreeSpec } from '../../support/tree.js';

const hex = 'a'.repeat(64);
const at = (repository: string) => `${repository}@sha256=${hex}`;
const path = `${at('ns/app')}/signature-1`;

type Answer = Buffer | null | Failure;

interface Situation {
  /** By the name of the image, with what it is asked for by. */
  readonly lookasides?: Readonly<Record<string, string>>;
  readonly sources?: readonly RegistrySource[];
  /** What servers answer, by URL; they know nothing else. */
  readonly served?: Readonly<Record<string, Answer | readonly Answer[]>>;
}

function lookaside({ lookasides = {}, sources = [], served = {} }: Situation) {
  const asked: { readonly url: string; readonly trust: PlainTrust }[] = [];
  const told: Failure[] = [];
  const get: PlainFiles['get'] = async (url, trust) => {
    const before = asked.filter((each) => each.url === url.href).length;
    asked.push({ url: url.href, trust });
    const answers = served[url.href] ?? null;
    const answer = Array.isArray(answers) ? (answers[before] ?? null) : (answers as Answer);
    if (answer !== null && 'code' in answer) return { kind: 'failed', failure: answer };
    return { kind: 'found', bytes: answer };
  };
  const find = hostLookaside({
    signatures: { lookasideOf: (name) => lookasides[name] ?? 'https://general.example/s' },
    files: { get },
    sourcesOf: () => sources,
    signal: new AbortController().signal,
    tell: (failure) => told.push(failure),
  });
  return { find, told, asked, urls: () => asked.map(({ url }) => url) };
}

function source(registry: string, repository: string, more: Partial<RegistrySource> = {}): RegistrySource {
  const credentials = async () => ({ kind: 'anonymous' }) as const;
  return { registry, repository, reference: '1', isInsecure: false, certificates: [], credentials, ...more };
}

const signature = (text: string) => Buffer.from(text);
const failure = (kind: Failure['kind']): Failure => ({ code: 'denied', kind, message: 'no', hint: null });

test('signatures are asked for under the real repository, each once', async () => {
  const base = `https://general.example/s/${at('ns/app')}`;
  const served = { [`${base}/signature-1`]: signature('one'), [`${base}/signature-2`]: signature('two') };
  const { find, urls } = lookaside({ served });
  const found = [1, 2, 3].map((index) => find('quay.io', `${at('ns/app')}/signature-${index}`));
  expect(await Promise.all(found)).toEqual([signature('one'), signature('two'), undefined]);
  expect(urls()).toEqual([1, 2, 3].map((index) => `${base}/signature-${index}`));
});

test.each([
  { top: 'https://s.example/', url: `https://s.example//${path}` },
  { top: 'https://s.example', url: `https://s.example/${path}` },
  { top: 'https://s.example/a?token=1', url: `https://s.example/a/${path}?token=1` },
  { top: 'http://me:pw@s.example/a', url: `http://me:pw@s.example/a/${path}` },
])('the path is appended to $top as podman does it', async ({ top, url }) => {
  const { find, urls } = lookaside({ lookasides: { [`quay.io/ns/app@sha256:${hex}`]: top } });
  expect(await find('quay.io', path)).toBeUndefined();
  expect(urls()).toEqual([url]);
});

test('where an image is asked for elsewhere, they are also looked up under that name, as podman does', async () => {
  const certificates = [{ name: 'ca.crt', bytes: Buffer.from('x') }];
  const sources = [
    source('mirror.example', 'proxy/app', { certificates }),
    source('quay.io', 'ns/app', { isInsecure: true }),
  ];
  const lookasides = {
    'mirror.example/proxy/app:1': 'https://m.example',
    'quay.io/ns/app:1': 'https://q.example',
    [`quay.io/ns/app@sha256:${hex}`]: 'https://q.example',
  };
  const served = {
    [`https://m.example/${at('proxy/app')}/signature-1`]: signature('m'),
    [`https://q.example/${path}`]: signature('q'),
  };
  const { find, asked } = lookaside({ lookasides, sources, served });
  expect(await find('quay.io', path)).toEqual(signature('m'));
  expect(await find('quay.io', `${at('ns/app')}/signature-2`)).toEqual(signature('q'));
  expect(asked.map(({ url, trust }) => [new URL(url).host, trust])).toEqual([
    ...[1, 2].map(() => ['m.example', { certificates, isInsecure: false }]),
    ...[1, 2].map(() => ['q.example', { certificates: [], isInsecure: true }]),
  ]);
});

test('what may pass is thrown, and asked for anew', async () => {
  const url = `https://general.example/s/${path}`;
  const { find, told } = lookaside({ served: { [url]: [failure('transient'), signature('one')] } });
  await expect(find('quay.io', path)).rejects.toThrow('no');
  expect(told).toEqual([failure('transient')]);
  expect(await find('quay.io', path)).toEqual(signature('one'));
});

test('what will not pass is a refusal, and it is told why', async () => {
  const { find, told, asked } = lookaside({
    served: { [`https://general.example/s/${path}`]: failure('permanent') },
  });
  expect([await find('quay.io', path), await find('quay.io', path)]).toEqual(['refused', 'refused']);
  expect(told).toEqual([failure('permanent')]);
  expect(asked).toHaveLength(1);
});

test('what is found in one place counts, whatever fails in another', async () => {
  const sources = [source('mirror.example', 'ns/app')];
  const lookasides = { 'mirror.example/ns/app:1': 'https://m.example' };
  const served = {
    [`https://m.example/${path}`]: failure('permanent'),
    [`https://general.example/s/${path}`]: signature('q'),
  };
  const { find, told } = lookaside({ lookasides, sources, served });
  expect([await find('quay.io', path), told]).toEqual([signature('q'), []]);
});

test('a place without an end has a hundred and twenty-eight', async () => {
  const served = new Proxy({}, { get: () => signature('x') });
  const { find, asked } = lookaside({ served });
  expect(await find('quay.io', `${at('ns/app')}/signature-129`)).toBeUndefined();
  expect(asked).toHaveLength(128);
});

test('signatures are bounded, all together', async () => {
  const served = new Proxy({}, { get: () => Buffer.alloc(4 * 1024 * 1024) });
  const { find, told, asked } = lookaside({ served });
  expect(await find('quay.io', path)).toBe('refused');
  expect(told).toMatchObject([{ code: 'oversized' }]);
  expect(asked).toHaveLength(5);
});

test('once podman has all of them, they are looked for anew', async () => {
  const { find, asked } = lookaside({});
  expect([await find('quay.io', path), await find('quay.io', path)]).toEqual([undefined, undefined]);
  expect(asked).toHaveLength(2);
});

test.each([
  'ns/app',
  `${at('ns/../app')}/signature-1`,
  `${at('../app')}/signature-1`,
  `${at('/app')}/signature-1`,
  `${at('ns//app')}/signature-1`,
  `${at('NS/app')}/signature-1`,
  `ns/app@sha256=${hex}/../signature-1`,
  `ns/app@sha256=aa/signature-1`,
  `${at('ns/app')}/signature-0`,
  `${at('ns/app')}/signature-1?x`,
])('nothing is looked for at %s', async (wanted) => {
  const { find, asked } = lookaside({});
  expect([await find('quay.io', wanted), asked]).toEqual([undefined, []]);
});

/** A lookaside on disk, of these files below it. */
async function onDisk(files: TreeSpec) {
  const top = makeTree(files);
  const found = lookaside({
    lookasides: { [`quay.io/ns/app@sha256:${hex}`]: pathToFileURL(join(top, 'sigs')).href },
  });
  return { answer: await found.find('quay.io', path), told: found.told.map(({ message }) => message), top };
}

test('signatures on disk are read', async () => {
  expect((await onDisk({ [`sigs/${path}`]: 'one' })).answer).toEqual(signature('one'));
  expect((await onDisk({})).answer).toBeUndefined();
});

test.each<{ name: string; files: TreeSpec; why: string }>([
  { name: 'a directory', files: { [`sigs/${path}`]: dir() }, why: 'it is not a regular file' },
  { name: 'a FIFO', files: { [`sigs/${path}`]: fifo() }, why: 'it is not a regular file' },
  {
    name: 'more than podman takes',
    files: { [`sigs/${path}`]: 'x'.repeat(4 * 1024 * 1024 + 1) },
    why: 'larger',
  },
  { name: 'a file in the place of a directory', files: { sigs: '' }, why: 'not a directory' },
])('$name on disk is a refusal', async ({ files, why }) => {
  const { answer, told, top } = await onDisk(files);
  expect(answer).toBe('refused');
  expect(told).toEqual([expect.stringContaining(why)]);
  expect(told[0]).toContain(top);
});

test.each(['ftp://s.example', 'no URL', 'https://[', 'file:relative/%2f'])(
  'a lookaside that is %s is a refusal',
  async (top) => {
    const { find, told, asked } = lookaside({ lookasides: { [`quay.io/ns/app@sha256:${hex}`]: top } });
    expect([await find('quay.io', path), told.length, asked]).toEqual(['refused', 1, []]);
  },
);
