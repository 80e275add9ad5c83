import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  type DocShell,
  docBlocks,
  outputPattern,
  startDocRegistries,
  writeDocFile,
} from './support/doc-sessions.js';
import { comparable, pictureFile, takePicture } from './support/readme-picture.js';
import { type Cleanup, newCleanup } from './support/temp.js';
import { pictureText } from './support/terminal-picture.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let newShell: (cleanup: Cleanup) => Promise<DocShell>;
beforeAll(async () => {
  newShell = await startDocRegistries(cleanup);
});

const pages = ['README.md', ...readdirSync('contrib/docs').map((name) => `contrib/docs/${name}`)].filter(
  (path) =>
    path.endsWith('.md') && docBlocks(readFileSync(path, 'utf8')).some(({ kind }) => kind === 'command'),
);

test.each(pages)('%s shows what happens', async (path) => {
  const shell = await newShell(perTest);
  for (const block of docBlocks(readFileSync(path, 'utf8'))) {
    if (block.kind === 'file') {
      const inRoot = block.path.startsWith('/');
      await writeDocFile(shell.directory, inRoot ? `rootfs${block.path}` : block.path, block.text);
      continue;
    }
    const { stdout } = await shell.run(block.command);
    // What a slow machine has to say besides.
    const shown = stdout.replace(/^waiting for \S+\n/gm, '');
    expect(shown, `${path}:${block.line}: $ ${block.command}`).toMatch(outputPattern(block.output));
  }
});

test('the picture of README.md shows what happens: npm run picture', async () => {
  const { text } = await takePicture(await newShell(perTest));
  const svg = readFileSync(pictureFile, 'utf8');
  expect(comparable(pictureText(svg))).toEqual(comparable(text));
});
