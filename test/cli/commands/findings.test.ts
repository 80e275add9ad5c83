import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { program } from '../../../src/cli/program.js';
import { makeTree, symlink } from '../../support/tree.js';

beforeEach(() => {
  vi.stubGlobal('BOUND_IMAGES_VERSION', '0.0.0');
  vi.stubEnv('NO_COLOR', '1');
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const unit = 'usr/share/containers/systemd/web.image';
const bad = 'usr/etc/bootc/bound-images.d/bad.toml';
const root = makeTree({
  'usr/lib/os-release': 'ID=test\n',
  'usr/lib/bound-images.d/web.image': symlink(`/${unit}`),
  'usr/lib/bound-images.d/other.image': symlink(`/${unit}`),
  [unit]: '[Image]\nImage=UPPER/case:1\n',
  [bad]: 'images = 1\n',
});

/** What a command writes of the root, of which it can pull nothing. */
async function written(command: string, ...more: readonly string[]) {
  let [stdout, text] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    text += String(chunk);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const state = ['gate', 'stage'].includes(command)
    ? ['--state-dir', mkdtempSync(join(tmpdir(), 'state-'))]
    : [];
  const roots = ['--root', root, ...(command === 'check' ? [] : ['--current-root', root])];
  let status: number | undefined;
  await program((ended) => {
    status = ended;
  }).parseAsync(['node', 'bound-images', command, ...roots, ...state, ...more]);
  expect(status).toBe(3);
  return { stdout, text };
}

const commands = ['check', 'list', 'plan', 'pull', 'stage', 'gate'];

test.each(commands)(
  '%s names files to a person as they can be opened, and shows their lines',
  async (command) => {
    const directory = join(root, 'usr');
    vi.spyOn(process, 'cwd').mockReturnValue(directory);
    const { text } = await written(command);
    const place = `  at ${relative(directory, join(root, unit))}:2:7`;
    expect(text.split('\n').filter((line) => line.startsWith(place))).toHaveLength(1);
    expect(text).toContain('    2 | Image=UPPER/case:1\n      |       ^^^^^^^^^^^^\n');
  },
);

test.each(commands)('%s names them to a program as they can be opened', async (command) => {
  const { stdout } = await written(command, '--format', 'json');
  const places = JSON.parse(stdout).diagnostics.map(({ file, path }: Record<string, unknown>) => [
    file,
    path,
  ]);
  expect(places).toEqual(
    expect.arrayContaining([
      [expect.stringContaining('/web.image'), join(root, unit)],
      [`/${bad.replace(/^usr\//, '')}`, join(root, bad)],
    ]),
  );
});

test('list says so of what binds an image', async () => {
  const sound = makeTree({ 'usr/etc/bootc/bound-images.d/a.toml': 'images = ["quay.io/x/app:1"]\n' });
  let stdout = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  const ask = async (...more: readonly string[]) => {
    stdout = '';
    await program(() => undefined).parseAsync(['node', 'bound-images', 'list', '--root', sound, ...more]);
    return stdout;
  };
  vi.spyOn(process, 'cwd').mockReturnValue(sound);
  expect(await ask()).toContain('bound by a.toml usr/etc/bootc/bound-images.d/a.toml:1');
  expect(JSON.parse(await ask('--format', 'json')).images[0].sources).toEqual([
    expect.objectContaining({
      file: '/etc/bootc/bound-images.d/a.toml',
      path: join(sound, 'usr/etc/bootc/bound-images.d/a.toml'),
    }),
  ]);
});
