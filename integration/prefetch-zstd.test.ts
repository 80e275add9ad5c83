import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeDirectory, type Platform } from '../contrib/package/node.js';
import { type BoundHost, newBoundHost } from './support/bound-host.js';
import { cliFile } from './support/cli.js';
import { dropIn } from './support/entries.js';
import { exec, execOk } from './support/exec.js';
import { writeTree } from './support/host.js';
import { type ImageSource, newImageSource, type SourceImage } from './support/image-source.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const formats = ['zstd', 'zstd:chunked'] as const;

let source: ImageSource;
let app: SourceImage;
let host: BoundHost;
/** That of the executables, which knows zstd. */
let newNode: string;
beforeAll(async () => {
  newNode = join(await nodeDirectory(process.arch as Platform), 'bin/node');
  source = await newImageSource(cleanup);
  app = await source.push('team/app:1');
  const insecure = `[[registry]]\nlocation = "${source.proxy.host}"\ninsecure = true\n`;
  host = await newBoundHost(cleanup, {
    newRoot: {},
    currentRoot: { 'etc/containers/registries.conf': insecure },
  });
  const builder = await cleanup.use(newStore());
  const context = await tempDir(cleanup);
  await writeTree(context, {
    Containerfile: 'FROM scratch\nCOPY base /\nCOPY rootfs /\n',
    'base/usr/share/noise': Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join(''),
    ...Object.fromEntries(
      Object.entries({ 'usr/lib/os-release': 'ID=test\n', ...dropIn('app', [app.pinned]) }).map(
        ([path, node]) => [`rootfs/${path}`, node],
      ),
    ),
  });
  const podman = (...args: readonly string[]) =>
    execOk('podman', [...builder.podmanArgs, ...args], { env: builder.env });
  await podman('build', '--quiet', '--tag', 'localhost/os', context);
  for (const format of formats) {
    const args = ['--quiet', '--tls-verify=false', '--compression-format', format, 'localhost/os'];
    await podman('push', ...args, `docker://${source.registry.host}/${nameOf(format)}`);
  }
});

const nameOf = (format: string) => `os/${format.replace(':', '-')}:1`;

/** What is prefetched when this Node.js runs the program. */
async function prefetch(format: string, ...node: readonly string[]) {
  const [program = '', ...options] = node;
  const { stdout, stderr, exitCode } = await exec(
    program,
    [
      ...options,
      cliFile,
      ...['prefetch', '--os-image', `${source.proxy.host}/${nameOf(format)}`, '--format', 'json'],
      ...['--current-root', host.currentRoot],
      ...['--storage-root', host.store.root, '--storage-runroot', host.store.runroot],
    ],
    { env: { ...host.store.env, TMPDIR: host.temporary } },
  );
  expect(await host.leftovers()).toEqual([]);
  return { exitCode, stderr, result: JSON.parse(stdout) };
}

test.each(formats)('%s: layers are read by the Node.js of the executables', async (format) => {
  const { exitCode, stderr, result } = await prefetch(format, newNode);
  expect(exitCode, stderr).toBe(0);
  expect(result).toMatchObject({
    osImage: { readFrom: 'layers' },
    images: [{ reference: app.pinned, error: null }],
    diagnostics: [],
    error: null,
  });
});

/** Takes zstd from a Node.js that has it. */
const withoutZstd = `data:text/javascript,${encodeURIComponent(
  "import zlib from 'node:zlib'; import { syncBuiltinESMExports } from 'node:module'; delete zlib.createZstdDecompress; syncBuiltinESMExports();",
)}`;

test.each(formats)('%s: a Node.js without it says what can read them', async (format) => {
  expect(await prefetch(format, process.execPath, '--import', withoutZstd)).toMatchObject({
    exitCode: 1,
    result: {
      error: {
        code: 'corrupt',
        message: `the image cannot be read: it is compressed with zstd, which this Node.js (${process.versions.node}) cannot read: the executable of bound-images, or Node.js 22.15, can`,
      },
      images: [],
    },
  });
});

test('a Node.js that has zstd is one without it, once that is taken from it', async () => {
  const { result } = await prefetch('zstd', newNode, '--import', withoutZstd);
  expect(result.error?.message).toContain('it is compressed with zstd');
});
