import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, outputOf, parseReport } from './support/bound-host.js';
import { quadlet } from './support/entries.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { watchCommandLines } from './support/processes.js';
import { newCleanup } from './support/temp.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const password = 'correct-horse-battery';
const creds = `robot:${password}`;
let source: ImageSource;
let app: SourceImage;

beforeAll(async () => {
  const auth = { kind: 'htpasswd', users: { robot: password } } as const;
  source = await newImageSource(cleanup, { auth, creds });
  app = await source.push('team/app:1', { sizeBytes: 1200 * 1024 });
});
afterEach(() => source.proxy.throttle(undefined));

/** Paths below `dir` with their modes. */
async function modes(dir: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(dir, { recursive: true });
  const pairs = names.map(async (name) => {
    const { mode } = await stat(join(dir, name));
    return [name, (mode & 0o777).toString(8)] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** Files below directories with what is in them. A file may go while this looks. */
async function contents(
  directories: readonly string[],
): Promise<readonly (readonly [path: string, text: string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const directory of directories) {
    for (const name of await readdir(directory, { recursive: true }).catch(() => [])) {
      const path = join(directory, name);
      const text = await readFile(path, 'latin1').catch(() => undefined);
      if (text !== undefined) found.push([path, text]);
    }
  }
  return found;
}

const notations = [
  { name: 'Creds=', line: `Creds=${creds}` },
  { name: 'PodmanArgs=--creds=', line: `PodmanArgs=--creds=${creds}` },
  { name: 'PodmanArgs=--creds with a blank', line: `PodmanArgs=--creds ${creds}` },
];

function newHost(...lines: readonly string[]): Promise<BoundHost> {
  source.proxy.forget();
  const newRoot = quadlet('app.image', `Image=${app.tagged}`, 'TLSVerify=false', ...lines);
  return newBoundHost(perTest, { newRoot });
}

describe.each(notations)('credentials in a unit: $name', ({ line }) => {
  test.each([
    { name: 'reach no file, as podman does not get them', args: [], isDirect: false },
    { name: 'stay in a private file while it runs by itself', args: ['--direct'], isDirect: true },
  ])('let the pull in and $name', async ({ args, isDirect }) => {
    const host = await newHost(line);
    source.proxy.throttle(512 * 1024);
    const live = host.startPull('--progress', 'plain', ...args);
    const watch = watchCommandLines(live.marker);
    const layer = app.layers[0]?.digest;
    await waitUntil('the layer is on its way', () =>
      source.proxy.requests().some(({ digest, bytesSent }) => digest === layer && bytesSent > 0),
    );
    const [run, ...others] = await host.leftovers();
    expect(others).toEqual([]);
    const seen = await modes(host.temporary);
    const written = await contents([host.temporary, join(host.store.root, 'bound-images'), host.state]);
    const result = await live.finished;

    expect(parseReport(result.stdout)?.images).toMatchObject([{ state: 'pulled', attempts: 1 }]);
    expect(result.exitCode).toBe(0);
    expect(seen).toMatchObject({ [`${run}`]: '700', [`${run}/1`]: '700' });
    // The look at the registry needs no file.
    const files = Object.keys(seen).filter((path) => path.endsWith('auth.json'));
    expect(files).toEqual(isDirect ? [`${run}/1/auth.json`] : []);
    for (const path of files) expect(seen[path]).toBe('600');
    expect(await host.leftovers()).toEqual([]);
    const commandLines = await watch.stop();
    expect(commandLines.some((text) => /podman .*image pull/.test(text))).toBe(true);
    const encoded = Buffer.from(creds).toString('base64');
    for (const secret of [password, encoded]) {
      expect(commandLines.filter((text) => text.includes(secret))).toEqual([]);
      expect(outputOf(result)).not.toContain(secret);
      if (!isDirect) expect(written.filter(([, text]) => text.includes(secret))).toEqual([]);
    }
    // It has read what was on its way.
    if (!isDirect) expect(written.some(([path]) => path.includes('/parts/'))).toBe(true);
  });

  test('are not shown by list and check', async () => {
    const host = await newHost(line);
    for (const command of ['list', 'check'] as const) {
      for (const format of ['human', 'json']) {
        const result = await host.run(command, '--format', format);
        expect(result).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining(password) });
        expect(result.stderr).not.toContain(password);
      }
    }
  });
});

test('wrong credentials in a unit are not shown with the error', async () => {
  const host = await newHost('Creds=robot:swordfish');
  for (const format of ['human', 'json']) {
    const result = await host.pull('--format', format);
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toContain(source.proxy.host);
    expect(result.stdout).toContain('the Creds= of the unit');
    expect(outputOf(result)).not.toContain('swordfish');
  }
});
