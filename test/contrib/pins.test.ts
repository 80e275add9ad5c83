import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { nameVersion, otherPins, pinExecutables } from '../../contrib/release/pins.js';
import { makeTree } from '../support/tree.js';

const files = [
  'contrib/docs/ci.md',
  'contrib/examples/good/Containerfile',
  'contrib/examples/mistakes/Containerfile',
  'contrib/github-action/action.yml',
  'contrib/gitlab/check.yml',
];

/** Those files of this checkout, and executables of a version. */
async function checkout(version: string): Promise<string> {
  const directory = makeTree({
    [`build/bound-images-${version}-linux-x64`]: 'x64',
    [`build/bound-images-${version}-linux-arm64`]: 'arm64',
  });
  for (const file of files) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), await readFile(file));
  }
  return directory;
}

const read = (directory: string, file: string) => readFile(join(directory, file), 'utf8');

test('a release names its version wherever a reader copies one', async () => {
  const directory = await checkout('9.8.7');
  await nameVersion(directory, '9.8.7');
  expect(await read(directory, 'contrib/docs/ci.md')).toContain('contrib/github-action@v9.8.7\n');
  expect(await read(directory, 'contrib/docs/ci.md')).toContain('/v9.8.7/contrib/gitlab/check.yml\n');
  for (const example of ['good', 'mistakes']) {
    const text = await read(directory, `contrib/examples/${example}/Containerfile`);
    expect(text).toContain('\nCOPY --from=ghcr.io/bound-images/bound-images:9.8.7 / /\n');
  }
  expect(await read(directory, 'contrib/gitlab/check.yml')).toContain('/v9.8.7/contrib/gitlab/check.yml\n');
});

test('a release pins its executables, and others are found', async () => {
  const directory = await checkout('9.8.7');
  expect(await otherPins(directory, '9.8.7')).toEqual([
    'contrib/github-action/action.yml',
    'contrib/gitlab/check.yml',
  ]);
  await pinExecutables(directory, '9.8.7');
  expect(await otherPins(directory, '9.8.7')).toEqual([]);
  // sha256sum of “x64” and “arm64”
  for (const file of ['contrib/github-action/action.yml', 'contrib/gitlab/check.yml']) {
    const text = await read(directory, file);
    expect(text).toMatch(/^ +VERSION: 9\.8\.7$/m);
    expect(text).toMatch(
      /^ +SHA256_X64: '5609f728403e197bb255ef50c62aeabb1f93b09f7b7c379903440b65cd4319cb'$/m,
    );
    expect(text).toMatch(
      /^ +SHA256_ARM64: 'f69162950f235e3cdbbad33f1f912d1a504be90d8a37d002c735d6f3e3882265'$/m,
    );
  }
});
