import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/model/failure.js';
import type { AuthCandidate } from '../../src/model/resolved-image.js';
import { type Asker, askThroughSkopeo } from '../../src/pull/ask-registry.js';
import { noAnswer, type Skopeo } from '../../src/tools/registry/skopeo.js';
import { resolvedImage } from '../support/planned-image.js';
import { makeTree } from '../support/tree.js';
import { virtualTime } from '../support/virtual-timer.js';
import { failure } from './scripted-pulls.js';

type Answer = { readonly kind: 'found' } | { readonly kind: 'failed'; readonly failure: Failure };

const found: Answer = { kind: 'found' };
const failed = (code: Failure['code'], kind: Failure['kind']): Answer => {
  return { kind: 'failed', failure: failure(code, kind) };
};
const busy = failed('server-error', 'transient');

/** Registries that answer one question after the other; the last answer is like all that follow. */
function world({ limitMs = 100_000 } = {}) {
  const time = virtualTime();
  const { timer } = time;
  const stop = new AbortController();
  const skopeo: Skopeo = {
    manifest: async (_, __, ___, signal) => {
      // A registry that does not answer, until skopeo is stopped.
      await timer.sleep(Infinity, signal);
      return { kind: 'failed', failure: noAnswer };
    },
    config: () => Promise.reject(new Error('not asked here')),
    tags: () => Promise.reject(new Error('not asked here')),
    redact: (text) => text.replaceAll('secret', '***'),
  };
  const directories: string[] = [];
  const work = {
    subdirectory: () => {
      const directory = makeTree({});
      directories.push(directory);
      return directory;
    },
    remove: () => undefined,
  };
  const ask = askThroughSkopeo(skopeo, work, limitMs, stop.signal, { timer, random: () => 0.5 });
  const askedAt: number[] = [];
  return {
    time,
    stop,
    askedAt,
    ask: (reference: string, answers: readonly Answer[], credentials?: readonly AuthCandidate[]) => {
      const resolved = resolvedImage(reference);
      let count = 0;
      return ask(credentials === undefined ? resolved : { ...resolved, credentials }, async () => {
        askedAt.push(timer.monotonicMs());
        const answer = answers[Math.min(count, answers.length - 1)] ?? found;
        count += 1;
        return answer;
      });
    },
    /** Asks a registry that does not answer, or not any more after these failures. */
    askSilent: (reference: string, failures: readonly Failure[] = []) =>
      ask(resolvedImage(reference), async (asker: Asker) => {
        const failed = failures[askedAt.length];
        askedAt.push(timer.monotonicMs());
        if (failed !== undefined) return { kind: 'failed', failure: failed };
        return await asker.manifest(reference);
      }),
  };
}

describe('one question', () => {
  test.each([
    { name: 'is asked once that is answered', answers: [found], askedAt: [0], kind: 'found' },
    {
      name: 'is asked again, after waits that grow, as long as that may help',
      answers: [busy],
      askedAt: [0, 200, 1200, 4200],
      kind: 'failed',
    },
    { name: 'is over with the first answer', answers: [busy, found], askedAt: [0, 200], kind: 'found' },
    {
      name: 'is not asked again where that does not help',
      answers: [failed('manifest-unknown', 'permanent')],
      askedAt: [0],
      kind: 'failed',
    },
  ])('$name', async ({ answers, askedAt, kind }) => {
    const { time, ask, askedAt: asked } = world();
    expect(await time.run(ask('r.io/x:1', answers))).toMatchObject({ kind });
    expect(asked).toEqual(askedAt);
  });

  test('is asked with the next credentials where those before are refused', async () => {
    const { time, ask, askedAt } = world();
    const credentials = [{ kind: 'creds', creds: 'me:secret' }, { kind: 'own' }] as const;
    const refused = failed('unauthorized', 'permanent');
    const answer = await time.run(ask('r.io/x:1', [refused, found], credentials));
    expect([answer.kind, askedAt]).toEqual(['found', [0, 0]]);
  });

  test('has failed with what is wrong and what to do, and no secret', async () => {
    const { time, ask } = world();
    const said = { ...failure('dns', 'permanent'), message: 'no secret host' };
    const answer = await time.run(ask('r.io/x:1', [{ kind: 'failed', failure: said }]));
    const hint = 'see whether the name of the registry is right and the resolver works';
    expect(answer).toEqual({ kind: 'failed', error: { ...said, message: 'no *** host', hint } });
  });

  test('takes no longer than its time', async () => {
    const { time, ask, askedAt } = world({ limitMs: 500 });
    expect(await time.run(ask('r.io/x:1', [busy]))).toMatchObject({ error: { code: 'server-error' } });
    expect([askedAt, time.timer.monotonicMs()]).toEqual([[0, 200], 500]);
  });

  test('has failed as the registry last said, when the time is up while it is asked again', async () => {
    const { time, askSilent } = world({ limitMs: 500 });
    const answer = await time.run(askSilent('r.io/x:1', [failure('connection', 'transient')]));
    expect(answer).toMatchObject({ kind: 'failed', error: { code: 'connection' } });
    expect(time.timer.monotonicMs()).toBe(500);
  });

  test('ends when the run is stopped', async () => {
    const { time, stop, askSilent } = world();
    time.at(300, () => stop.abort());
    expect(await time.run(askSilent('r.io/x:1'))).toMatchObject({ error: { code: 'timeout' } });
    expect(time.timer.monotonicMs()).toBe(300);
  });
});

describe('a registry that has not answered in time', () => {
  async function silent() {
    const made = world({ limitMs: 500 });
    expect(await made.time.run(made.askSilent('r.io/x:1'))).toMatchObject({ error: { code: 'timeout' } });
    expect(made.askedAt).toEqual([0]);
    return made;
  }

  test('is not asked for another image', async () => {
    const { time, ask, askedAt } = await silent();
    const answer = await time.run(ask('r.io/other:1', [found]));
    expect(answer).toMatchObject({ kind: 'failed', error: { code: 'timeout', kind: 'transient' } });
    expect([askedAt, time.timer.monotonicMs()]).toEqual([[0], 500]);
  });

  test('keeps nobody from asking another one', async () => {
    const { time, ask, askedAt } = await silent();
    expect(await time.run(ask('other.io/x:1', [found]))).toEqual(found);
    expect(askedAt).toEqual([0, 500]);
  });
});
