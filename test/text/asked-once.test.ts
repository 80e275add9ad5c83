import { expect, test } from 'vitest';
import { askedOnce } from '../../src/text/asked-once.js';

/** A question whose answers are given by hand; `asked` has a row for each time that it was asked. */
function question() {
  const asked: { readonly give: (text: string) => void; readonly fail: (error: Error) => void }[] = [];
  const ask = askedOnce(
    (signal) =>
      new Promise<string>((give, fail) => {
        asked.push({ give, fail });
        signal?.addEventListener('abort', () => fail(new Error('stopped')));
      }),
  );
  return { ask, asked };
}

test('an answer is kept for everybody', async () => {
  const { ask, asked } = question();
  const both = [ask(), ask()];
  asked[0]?.give('yes');
  expect(await Promise.all([...both, ask()])).toEqual(['yes', 'yes', 'yes']);
  expect(asked).toHaveLength(1);
});

test('a failure is told to those who wait for it, and kept for nobody', async () => {
  const { ask, asked } = question();
  const both = Promise.allSettled([ask(), ask()]);
  asked[0]?.fail(new Error('no'));
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const third = ask();
  asked[1]?.give('yes');
  expect(await third).toBe('yes');
});

test('who is stopped stops nobody else who asks the same', async () => {
  const { ask, asked } = question();
  const stop = new AbortController();
  const stopped = ask(stop.signal);
  const other = ask(new AbortController().signal);
  stop.abort();
  await expect(stopped).rejects.toThrow('stopped');
  asked[1]?.give('yes');
  expect(await other).toBe('yes');
  expect(asked).toHaveLength(2);
});

test('a question that both have stopped is not asked again', async () => {
  const { ask, asked } = question();
  const [one, two] = [new AbortController(), new AbortController()];
  const both = Promise.allSettled([ask(one.signal), ask(two.signal)]);
  two.abort();
  one.abort();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toHaveLength(1);
});
