import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { makeDeb } from '../../../contrib/package/deb.js';
import { type Cleanup, tempDir } from '../../support/temp.js';
import { nextTree } from './stand-in.js';

/** Fails where a form that is made of equal trees twice differs. */
export async function expectSameAgain(cleanup: Cleanup, make: typeof makeDeb): Promise<void> {
  const tree = await nextTree(cleanup);
  const made = async () => await readFile(await make(tree, 'arm64', await tempDir(cleanup)));
  const [one, two] = [await made(), await made()];
  expect(one.equals(two)).toBe(true);
}
