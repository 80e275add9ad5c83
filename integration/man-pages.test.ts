import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manPages } from '../contrib/man/generate.js';
import { exec } from './support/exec.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const pages = [...manPages()];
let directory = '';
beforeAll(async () => {
  directory = await tempDir(cleanup);
  for (const [name, text] of pages) await writeFile(join(directory, name), text);
});

/** What is installed on this machine is no fault of a page. */
const aboutThisMachine = /outdated mandoc\.db|referenced manual not found/;

describe.each(pages)('%s', (name) => {
  test('has nothing that mandoc finds wrong', async () => {
    const { stdout, stderr } = await exec('mandoc', ['-T', 'lint', '-W', 'style', join(directory, name)]);
    const said = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line !== '' && !aboutThisMachine.test(line));
    expect(said).toEqual([]);
  });

  test('is shown, and has no mark of its source', async () => {
    const { stdout, exitCode } = await exec('mandoc', ['-T', 'ascii', join(directory, name)]);
    // Bold and underlined text is printed twice.
    const shown = stdout.replace(/.\x08/g, '');
    expect(exitCode).toBe(0);
    expect(shown).toContain('NAME');
    expect(shown).not.toMatch(/`|\\[fe&[]|^\.[A-Z][a-z] /m);
  });
});
