import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Member, tarOf } from '../test/support/tar-archive.js';
import { newBoundHost } from './support/bound-host.js';
import { runChecked } from './support/checked-cli.js';
import { execOk } from './support/exec.js';
import type { FaultAction } from './support/fault.js';
import { type Tree, writeTree } from './support/host.js';
import { type ImageSource, newImageSource } from './support/image-source.js';
import { checkOnline } from './support/online-check.js';
import { newStore } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

const osRelease = 'ID=test\nVERSION_ID=43\n';
const release = 'ext/usr/lib/extension-release.d/extension-release.agent';

let source: ImageSource;

beforeAll(async () => {
  source = await newImageSource(cleanup);
});

/** A root that binds an image with an extension. */
function binding(tag: string, keys = 'path = "/ext"\nas = "extensions/agent"'): Tree {
  const lines = [
    '[[image]]',
    `reference = "${source.proxy.host}/team/agent:${tag}"`,
    'tls-verify = false',
    '[[image.payload]]',
    keys,
    '',
  ];
  return {
    'usr/lib/os-release': osRelease,
    'usr/lib/bound-images.d/agent.toml': lines.join('\n'),
  };
}

test.each<{ tag: string; layers: readonly (readonly Member[])[]; keys?: string; problem?: RegExp }>([
  { tag: 'fits', layers: [[{ name: release, content: osRelease }]] },
  { tag: 'any', layers: [[{ name: release, content: 'ID=_any\n' }]] },
  {
    tag: 'of-another-os',
    layers: [[{ name: release, content: 'ID=other\nVERSION_ID=43\n' }]],
    problem: /^the system extension agent of “\S+of-another-os” for linux\/\S+ is for the OS other/,
  },
  {
    tag: 'of-another-version',
    layers: [[{ name: release, content: 'ID=test\nVERSION_ID=42\n' }]],
    problem: /is for test 42, and the root is test 43$/,
  },
  {
    tag: 'without',
    layers: [[{ name: 'ext/usr/bin/agent', content: '' }]],
    problem:
      /would not be merged, for its \/usr\/lib\/extension-release\.d\/\S+ cannot be read: there is no /,
  },
  {
    tag: 'replaced',
    layers: [[{ name: release, content: 'ID=other\n' }], [{ name: release, content: osRelease }]],
  },
  {
    tag: 'hidden',
    layers: [
      [{ name: release, content: osRelease }],
      [{ name: release.replace(/[^/]+$/, '.wh.$&'), content: '' }],
    ],
    problem: /cannot be read: there is no /,
  },
  {
    tag: 'behind-a-link',
    layers: [
      [
        { name: release, type: '2', link: '../release' },
        { name: 'ext/usr/lib/release', content: osRelease },
      ],
    ],
  },
  {
    tag: 'too-large',
    layers: [[{ name: release, content: '#'.repeat(2 * 1024 * 1024) }]],
    problem: /cannot be read: it is larger than/,
  },
  {
    tag: 'confext',
    layers: [[{ name: 'etc/extension-release.d/extension-release.agent', content: 'ID=other\n' }]],
    keys: 'path = "/"\nas = "confexts/agent"',
    problem: /^the configuration extension agent of /,
  },
  {
    tag: 'raw',
    layers: [[{ name: 'agent.raw', content: 'x' }]],
    keys: 'path = "/agent.raw"\nas = "extensions/agent.raw"',
  },
])('$tag', async ({ tag, layers, keys, problem }) => {
  await source.pushSpec(`team/agent:${tag}`, { layers: layers.map((each) => ({ tar: tarOf(...each) })) });
  const host = await newBoundHost(perTest, { newRoot: binding(tag, keys) });
  const { findings, exitCode } = await checkOnline(host);
  expect(findings).toEqual(
    problem === undefined
      ? []
      : [
          expect.objectContaining({
            ...{ rule: 'payload-extension-unfit', severity: 'error', line: 6, column: 6 },
            message: expect.stringMatching(problem),
          }),
        ],
  );
  expect(exitCode).toBe(problem === undefined ? 0 : 3);
});

test.each<{ name: string; action: FaultAction; rule: string; args?: readonly string[] }>([
  { name: 'forbids', action: { kind: 'status', status: 403 }, rule: 'registry-access-denied' },
  {
    name: 'is silent about until the time is up',
    action: { kind: 'hold', until: new Promise(() => undefined) },
    rule: 'registry-unavailable',
    args: ['--timeout', '4s'],
  },
])('a layer that the registry $name is no answer', async ({ action, rule, args = [] }) => {
  await source.pushSpec('team/agent:gone', {
    layers: [{ tar: tarOf({ name: release, content: osRelease }) }],
  });
  perTest.add(async () => source.proxy.clearFaults());
  source.proxy.addFault({ path: /\/blobs\//, action });
  const host = await newBoundHost(perTest, { newRoot: binding('gone') });
  const { findings } = await checkOnline(host, ...args);
  expect(findings).toEqual([expect.objectContaining({ rule })]);
});

test('an extension that does not fit the OS of an image', async () => {
  await source.pushSpec('team/agent:42', {
    layers: [{ tar: tarOf({ name: release, content: 'ID=test\nVERSION_ID=42\n' }) }],
  });
  const store = await perTest.use(newStore());
  const context = await tempDir(perTest);
  await writeTree(context, { Containerfile: 'FROM scratch\nCOPY rootfs /\n' });
  await writeTree(join(context, 'rootfs'), binding('42'));
  const name = 'localhost/os:1';
  const build = [...store.podmanArgs, 'build', '--quiet', '--tag', name, context];
  await execOk('podman', build, { env: store.env });
  const stored = ['--storage-root', store.root, '--storage-runroot', store.runroot];
  const args = ['check', '--image', name, '--online', '--format', 'json', ...stored];
  const { stdout, exitCode } = await runChecked(args, { env: store.env });
  expect(JSON.parse(stdout || 'null')).toMatchObject({
    diagnostics: expect.arrayContaining([
      expect.objectContaining({
        rule: 'payload-extension-unfit',
        file: '/usr/lib/bound-images.d/agent.toml',
        message: expect.stringContaining('is for test 42, and the root is test 43'),
      }),
    ]),
  });
  expect(exitCode).toBe(3);
});
