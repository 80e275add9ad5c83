import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { defaultSettings } from '../../src/check/settings.js';
import { writeCheck } from '../../src/cli/check-output.js';
import { check } from '../../src/operations/check.js';
import { makeTree, symlink } from '../support/tree.js';

beforeEach(() => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  vi.stubEnv('NO_COLOR', '1');
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const unit = 'usr/share/containers/systemd/web.container';
const root = makeTree({
  'usr/lib/bound-images.d/web.container': symlink(`/${unit}`),
  [unit]: '[Container]\nImage=quay.io/x/web:1\nNoSuchKey=1\n',
  'usr/etc/bootc/bound-images.d/a.toml': 'images = 1\n',
});

/** What is written of a check of the root, with the working directory there. */
async function written(
  from: string,
  options: { format: 'human' | 'json' | 'github'; image?: string; lock?: boolean; root?: string },
) {
  const input = { root, currentRoot: null, settings: defaultSettings, ...nothingElse, ...options };
  const result = await check(input, { observe: () => undefined } as never);
  vi.spyOn(process, 'cwd').mockReturnValue(from);
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  await writeCheck(result, { quiet: false, lock: false, ...options });
  return text;
}

const nothingElse = {
  unbound: false,
  lock: false,
  online: false,
  fix: false,
  dryRun: false,
  update: false,
  signal: new AbortController().signal,
};

test('a person reads of files as they can be opened, from where they are', async () => {
  const from = join(root, 'usr');
  const text = await written(from, { format: 'human' });
  expect(text.match(/^ {2}at .*/gm)).toEqual(
    expect.arrayContaining([
      `  at ${relative(from, join(root, unit))}:3:1`,
      '  at etc/bootc/bound-images.d/a.toml:1:10',
    ]),
  );
  expect(await written('/', { format: 'human' })).toContain(`  at ${root}/${unit}:3:1\n`);
});

test('of an image, by the paths in it', async () => {
  const text = await written('/', { format: 'human', image: 'oci:/x' });
  expect(text).toContain(`  at /${unit}:3:1\n`);
  expect(text).toContain('1 bound image in oci:/x, ');
});

test('a program gets the path on this host beside that in the root', async () => {
  const { diagnostics } = JSON.parse(await written('/', { format: 'json' }));
  expect(diagnostics).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ file: `/${unit}`, path: `${root}/${unit}` }),
      expect.objectContaining({
        file: '/etc/bootc/bound-images.d/a.toml',
        path: `${root}/usr/etc/bootc/bound-images.d/a.toml`,
      }),
    ]),
  );
});

test('the log of a workflow says which root it was', async () => {
  expect(await written(join(root, '..'), { format: 'github' })).toMatch(
    /^1 bound image in [^/]+, \d errors/m,
  );
});

describe('a lock', () => {
  const sound = makeTree({
    'usr/lib/os-release': 'ID=test\n',
    'usr/lib/bound-images.d/a.toml': `images = ["quay.io/x/one:1@sha256:${'0'.repeat(64)}", "oci-archive:/var/x.tar"]\n`,
  });
  const line = `images = ["quay.io/x/one:1@sha256:${'0'.repeat(64)}"]`;

  test('is all that a program reads, and what has no place in it is told', async () => {
    const told: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => told.push(String(chunk)) > 0);
    expect(await written('/', { format: 'human', lock: true, root: sound })).toBe(`${line}\n`);
    expect(told.join('')).toContain(
      'left to the update, because no label can have it: oci-archive:/var/x.tar',
    );
  });

  test('is part of the JSON', async () => {
    expect(JSON.parse(await written('/', { format: 'json', lock: true, root: sound }))).toMatchObject({
      lock: line,
    });
    expect(JSON.parse(await written('/', { format: 'json', lock: true }))).toMatchObject({ lock: null });
    expect(JSON.parse(await written('/', { format: 'json' }))).not.toHaveProperty('lock');
  });

  test('is none of a root with errors', async () => {
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(await written('/', { format: 'human', lock: true })).toBe('');
  });
});
