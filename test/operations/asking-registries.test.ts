import { expect, test } from 'vitest';
import { lazyRegistries, type OpenedRegistries } from '../../src/operations/asking-registries.js';
import type { Bound } from '../../src/operations/read-root.js';

const bound = { roots: {}, images: [] } as unknown as Bound;

/** Registries that are open as soon as `open` is called. */
function deferred() {
  const closed: string[] = [];
  let helpers: AbortSignal | undefined;
  let open = () => {};
  const isOpen = new Promise<void>((resolve) => {
    open = resolve;
  });
  const registries = lazyRegistries(
    bound,
    async (_, { signal }) => {
      helpers = signal;
      await isOpen;
      return { close: () => closed.push('closed') } as unknown as OpenedRegistries;
    },
    async () => '5.8.0',
    new AbortController().signal,
  );
  return { ...registries, closed, answer: () => open(), helpers: () => helpers };
}

test('registries that open when the run is over already are closed', async () => {
  const { open, close, closed, answer } = deferred();
  const opening = open();
  close();
  answer();
  await opening;
  expect(closed).toEqual(['closed']);
});

test('the end of the run ends helpers, too', async () => {
  const { open, close, closed, answer, helpers } = deferred();
  answer();
  await open();
  expect(helpers()?.aborted).toBe(false);
  close();
  expect(helpers()?.aborted).toBe(true);
  expect(closed).toEqual(['closed']);
});
