import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/model/failure.js';
import { canonicalName, repositoryName } from '../../src/model/reference/reference.js';
import type { RegistrySource } from '../../src/model/registry-source.js';
import type { AuthCandidate } from '../../src/model/resolved-image.js';
import { type Asker, askRegistries, noAnswer, type Registries } from '../../src/pull/ask-registry.js';
import type { BlobFailed, FoundBlob } from '../../src/tools/registry/client/client.js';
import type { Failed, Found, FoundTags, Unsupported } from '../../src/tools/registry/found.js';
import { foundText } from '../support/found.js';
import { resolvedImage } from '../support/planned-image.js';
import { virtualTime } from '../support/virtual-timer.js';
import { failure } from './scripted-pulls.js';

type Said = 'found' | 'unsupported' | Failure;

const down = { ...failure('connection', 'transient'), message: 'connection refused' };
const absent = { ...failure('manifest-unknown', 'permanent'), message: 'manifest unknown' };
const refused = { ...failure('unauthorized', 'permanent'), message: 'no secret' };

interface World {
  /** Where an image is asked for, in order; without any, at its own registry. */
  readonly mirrors?: readonly string[];
  /** What a registry says, whatever it is asked; it has everything by default. */
  readonly says?: Readonly<Record<string, Said>>;
  readonly limitMs?: number;
  /** What podman does not ask, after all others. */
  readonly leftOut?: Failure;
  /** With which status and chunks a part of a blob comes. */
  readonly part?: { readonly status: 200 | 206; readonly chunks: readonly Buffer[] };
  /** How often a question is put; the client's number by default. */
  readonly attempts?: number;
}

/** Registries, and who was asked for what, with which credentials and how often it would be tried. */
function world({
  mirrors = [],
  says = {},
  limitMs = 100_000,
  leftOut,
  part: { status, chunks } = { status: 206, chunks: [] },
  attempts: most,
}: World = {}) {
  const time = virtualTime();
  const stop = new AbortController();
  const asked: string[] = [];
  const answer = async <T>(
    source: RegistrySource,
    what: string,
    { signal, attempts }: { readonly signal: AbortSignal; readonly attempts?: number | undefined },
    found: T,
  ) => {
    asked.push(`${source.registry} ${what}${attempts === undefined ? '' : ` (${attempts})`}`);
    // It does not answer, until nobody waits any more.
    if (source.registry === 'silent.io') {
      await time.timer.sleep(Infinity, signal);
      return { kind: 'failed', failure: noAnswer } as const;
    }
    const said = says[source.registry] ?? 'found';
    if (said === 'unsupported') return { kind: 'unsupported', what: 'a scheme that nobody knows' } as const;
    return said === 'found' ? found : ({ kind: 'failed', failure: said } as const);
  };
  const registries: Registries = {
    access: {
      sources: ({ image: { reference } }) => {
        if (reference.transport !== 'docker') throw new Error(reference.text);
        if (reference.registry === 'blocked.io')
          return { ok: false, failure: failure('blocked', 'permanent') };
        const name = canonicalName(reference);
        const places = [...mirrors, ...(leftOut === undefined ? [reference.registry ?? ''] : [])];
        const sources = places.map((place) => sourceAt(place, name));
        return {
          ok: true,
          names: [{ name, sources, leftOut: leftOut === undefined ? [] : [{ name, failure: leftOut }] }],
        };
      },
      tagSources: ({ image: { reference } }) => {
        if (reference.transport !== 'docker') throw new Error(reference.text);
        const name = repositoryName(reference);
        return { ok: true, sources: [sourceAt(reference.registry ?? '', name)] };
      },
    },
    client: {
      manifest: (source, reference, options) =>
        answer(source, `manifest ${reference}`, options, foundText(reference, digestOf(source.registry))),
      config: (source, digest, options) => answer(source, `config ${digest}`, options, foundText(digest)),
      tags: (source, options) => answer(source, 'tags', options, { kind: 'found', tags: ['1'] }),
      blob: async (source, digest, { from = 0, to = 0, ...options }) => {
        const found = {
          kind: 'found',
          status,
          from,
          length: null,
          size: null,
          body: Readable.from(chunks),
        } as const;
        return blobAnswer(await answer(source, `${from}-${to} of ${digest}`, options, found));
      },
    },
  };
  const redact = (text: string) => text.replaceAll('secret', '***');
  const ask = askRegistries(registries, redact, limitMs, stop.signal, time.timer, most);
  return {
    time,
    stop,
    asked,
    ask: (
      reference: string,
      question: (asker: Asker) => Promise<Found | FoundTags | Failed> = (asker) =>
        asker.manifest(canonicalNameOf(reference)),
      credentials: readonly AuthCandidate[] = [{ kind: 'own' }],
    ) => time.run(ask({ ...resolvedImage(reference), credentials }, question)),
  };
}

function sourceAt(registry: string, name: string): RegistrySource {
  const [, repository = '', reference = ''] = /^[^/]+\/([^:@]+)[:@]?(.*)$/.exec(name) ?? [];
  const credentials = async () => ({ kind: 'anonymous' }) as const;
  return { registry, repository, reference, isInsecure: false, certificates: [], credentials };
}

function blobAnswer(answer: FoundBlob | Unsupported | Failed): FoundBlob | Unsupported | BlobFailed {
  return answer.kind === 'failed' ? { ...answer, status: null, waitMs: null } : answer;
}

const digestOf = (text: string) => `sha256:${Buffer.from(text).toString('hex').padEnd(64, '0')}`;

function canonicalNameOf(text: string): string {
  const { reference } = resolvedImage(text).image;
  if (reference.transport !== 'docker') throw new Error(text);
  return canonicalName(reference);
}

test('a question is put as often as it is told, and as the client does it otherwise', async () => {
  for (const [attempts, expected] of [
    [undefined, 'quay.io manifest 1'],
    [1, 'quay.io manifest 1 (1)'],
  ] as const) {
    const { ask, asked } = world(attempts === undefined ? {} : { attempts });
    expect(await ask('quay.io/x/y:1')).toMatchObject({ kind: 'found' });
    expect(asked).toEqual([expected]);
  }
});

describe('an image', () => {
  test('is asked for at its mirrors first, each of them once, and at its registry as often as may help', async () => {
    const { asked, ask } = world({ mirrors: ['a.io', 'b.io'], says: { 'a.io': down, 'b.io': absent } });
    expect(await ask('r.io/x:1')).toMatchObject({ kind: 'found', digest: digestOf('r.io') });
    expect(asked).toEqual(['a.io manifest 1 (1)', 'b.io manifest 1 (1)', 'r.io manifest 1']);
  });

  test('is asked for to the end where its manifest was found, and its other tag anew', async () => {
    const { asked, ask } = world({ mirrors: ['a.io', 'b.io'], says: { 'a.io': down } });
    await ask('r.io/x:1', async (asker) => {
      await asker.manifest('r.io/x:1');
      await asker.manifest(`r.io/x@${digestOf('child')}`);
      await asker.config(`r.io/x@${digestOf('config')}`);
      return await asker.manifest('r.io/x:other');
    });
    expect(asked.slice(2)).toEqual([
      `b.io manifest ${digestOf('child')}`,
      `b.io config ${digestOf('config')}`,
      'a.io manifest other (1)',
      'b.io manifest other (1)',
    ]);
  });

  const part = async (asking: ReturnType<typeof world>) => {
    let parts: unknown;
    const answer = await asking.ask('r.io/x:1', async (asker) => {
      const named = await asker.manifest('r.io/x:1');
      const read = await asker.part(`r.io/x@${digestOf('layer')}`, 10, 14);
      if (read.kind === 'failed') return read;
      parts = read.bytes?.toString() ?? null;
      return named;
    });
    return answer.kind === 'failed' ? answer.error.code : parts;
  };
  const chunks = [Buffer.from('ab'), Buffer.from('cde')];

  test.each<[name: string, given: World, read: string | null]>([
    ['as they came', { part: { status: 206, chunks } }, 'abcde'],
    ['not at all where all of the blob comes', { part: { status: 200, chunks } }, null],
    ['not when too few come', { part: { status: 206, chunks: chunks.slice(1) } }, 'connection'],
    ['not when too many come', { part: { status: 206, chunks: [...chunks, ...chunks] } }, 'connection'],
  ])('gives bytes of a blob %s', async (_, given, read) => {
    expect(await part(world(given))).toBe(read);
  });

  test('is asked for bytes of a blob where its manifest was found', async () => {
    const asking = world({
      mirrors: ['a.io', 'b.io'],
      says: { 'a.io': down },
      part: { status: 206, chunks },
    });
    await part(asking);
    expect(asking.asked.at(-1)).toBe(`b.io 10-14 of ${digestOf('layer')}`);
  });

  test('may be had later where a mirror may, whatever its registry says, and all that was said is told', async () => {
    const { ask } = world({ mirrors: ['a.io'], says: { 'a.io': down, 'r.io': absent } });
    expect(await ask('r.io/x:1')).toMatchObject({
      kind: 'failed',
      error: {
        code: 'connection',
        kind: 'transient',
        message: 'manifest unknown (and before it a.io: connection refused)',
      },
    });
  });

  test('is left to podman where a source takes what this program does not know', async () => {
    const { asked, ask } = world({ mirrors: ['a.io'], says: { 'a.io': 'unsupported' } });
    expect(await ask('r.io/x:1')).toMatchObject({ kind: 'failed', error: { code: 'unsupported' } });
    expect(asked).toEqual(['a.io manifest 1 (1)']);
  });

  test('has the last word of what podman does not ask, where no mirror has it', async () => {
    const blocked = { ...failure('blocked', 'permanent'), message: 'registry r.io is blocked' };
    const { ask } = world({ mirrors: ['a.io'], says: { 'a.io': absent }, leftOut: blocked });
    expect(await ask('r.io/x:1')).toMatchObject({ kind: 'failed', error: { code: 'blocked' } });
  });

  test('is asked for nowhere that the configuration forbids', async () => {
    const { asked, ask } = world();
    expect(await ask('blocked.io/x:1')).toMatchObject({ kind: 'failed', error: { code: 'blocked' } });
    expect(asked).toEqual([]);
  });

  test('is asked for with the next credentials where those before are refused', async () => {
    const { asked, ask } = world({ says: { 'r.io': refused } });
    const answer = await ask('r.io/x:1', undefined, [{ kind: 'creds', creds: 'me:secret' }, { kind: 'own' }]);
    const message =
      'r.io refuses access with the Creds= of the unit, then with podman’s own auth files: no ***';
    expect(answer).toMatchObject({ kind: 'failed', error: { code: 'unauthorized', message } });
    expect(asked).toEqual(['r.io manifest 1', 'r.io manifest 1']);
  });

  test('has its tags listed', async () => {
    const { asked, ask } = world({ mirrors: ['a.io'] });
    expect(await ask('r.io/x:1', (asker) => asker.tags())).toEqual({ kind: 'found', tags: ['1'] });
    expect(asked).toEqual(['r.io tags']);
  });
});

describe('a registry that does not answer', () => {
  test('is given up for the next one, where it is a mirror', async () => {
    const { time, asked, ask } = world({
      mirrors: ['silent.io', 'b.io'],
      says: { 'b.io': absent },
      limitMs: 900,
    });
    expect(await ask('r.io/x:1')).toMatchObject({ kind: 'found', digest: digestOf('r.io') });
    expect([asked, time.timer.monotonicMs()]).toEqual([
      ['silent.io manifest 1 (1)', 'b.io manifest 1 (1)', 'r.io manifest 1'],
      300,
    ]);
  });

  test('is not waited for longer than that, and is asked for no other image', async () => {
    const { time, asked, ask } = world({ limitMs: 500 });
    for (const image of ['x', 'other']) {
      expect(await ask(`silent.io/${image}:1`)).toMatchObject({
        kind: 'failed',
        error: { code: 'timeout', kind: 'transient' },
      });
    }
    expect([asked, time.timer.monotonicMs()]).toEqual([['silent.io manifest 1'], 500]);
  });

  test('keeps nobody from asking another one', async () => {
    const { asked, ask } = world({ limitMs: 500 });
    await ask('silent.io/x:1');
    expect(await ask('r.io/x:1')).toMatchObject({ kind: 'found' });
    expect(asked).toEqual(['silent.io manifest 1', 'r.io manifest 1']);
  });

  test('is not waited for when the run is stopped', async () => {
    const { time, stop, ask } = world();
    time.at(300, () => stop.abort());
    expect(await ask('silent.io/x:1')).toMatchObject({ error: { code: 'timeout' } });
    expect(time.timer.monotonicMs()).toBe(300);
  });
});
