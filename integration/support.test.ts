import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from './support/cli.js';
import { type ExecResult, start } from './support/exec.js';
import type { FaultAction } from './support/fault.js';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js';
import { authJson, makeRoots } from './support/host.js';
import {
  type BuiltImage,
  type BuiltIndex,
  hostPlatform,
  type ImageLayout,
  newImageLayout,
} from './support/images.js';
import { processesEnd, processesOf, watchCommandLines } from './support/processes.js';
import { pushImage } from './support/push-image.js';
import { type Registry, startRegistry } from './support/registry.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';
import { newCertificateAuthority } from './support/tls.js';
import { mountTmpfs } from './support/tmpfs.js';
import { startTokenServer } from './support/token-server.js';
import { blobTraffic, type ProxyRequest, totalBytes } from './support/traffic.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const kib = 1024;
const base = { seed: 'base', sizeBytes: 300 * kib, files: { 'etc/base': 'shared by both' } };
const otherPlatform = {
  architecture: hostPlatform.architecture === 's390x' ? 'amd64' : 's390x',
  os: 'linux',
};

let layout: ImageLayout;
let first: BuiltImage;
let second: BuiltImage;
let index: BuiltIndex;

beforeAll(async () => {
  layout = await newImageLayout(await tempDir(cleanup));
  first = await layout.addImage({
    layers: [base, { seed: 'first', sizeBytes: 40 * kib, files: { 'etc/name': 'first\n' } }],
  });
  second = await layout.addImage({ layers: [base, { seed: 'second', sizeBytes: 60 * kib }] });
  index = await layout.addIndex([
    { layers: [{ seed: 'here', sizeBytes: kib, files: { 'etc/platform': 'ours' } }] },
    { layers: [{ seed: 'there', sizeBytes: kib }], platform: otherPlatform },
  ]);
});

function pull(store: Store, reference: string, ...args: readonly string[]): Promise<ExecResult> {
  return store.podman(['pull', ...args, '--', reference], { timeoutMs: 120_000 });
}

describe('an image', () => {
  test('has the same digests wherever it is built', async () => {
    const copy = await newImageLayout(await tempDir(cleanup));
    expect(await copy.addImage({ layers: [base, { seed: 'second', sizeBytes: 60 * kib }] })).toEqual(second);
  });

  test('has layers hardly larger than their content', () => {
    expect(first.layers.map((layer) => layer.sizeBytes / kib)).toEqual([
      expect.closeTo(300, -1),
      expect.closeTo(40, -1),
    ]);
  });
});

describe('a plain registry behind a proxy', () => {
  let registry: Registry;
  let proxy: FaultProxy;
  let store: Store;

  beforeAll(async () => {
    registry = await cleanup.use(startRegistry());
    await pushImage(registry.host, 'app/first:1', layout, first);
    await pushImage(registry.host, 'app/second:1', layout, second);
    await pushImage(registry.host, 'app/index:1', layout, index);
  });
  const perTest = newCleanup();
  beforeEach(async () => {
    proxy = await perTest.use(startFaultProxy({ target: registry.url }));
    store = await perTest.use(newStore());
  });
  afterEach(perTest.run);

  test('serves a tag with the digest and the content that were built', async () => {
    const reference = `${registry.host}/app/first:1`;
    expect(await store.exists(reference)).toBe(false);
    expect(await pull(store, reference, '--tls-verify=false')).toMatchObject({ exitCode: 0 });
    expect(await store.exists(reference)).toBe(true);
    expect(await store.contents(reference, 'etc/name')).toBe('first\n');
    expect(await store.images()).toEqual([
      { id: first.config.digest.replace('sha256:', ''), digest: first.digest, names: [reference] },
    ]);
  });

  test('serves the platform of an index that was asked for', async () => {
    const reference = `${proxy.host}/app/index:1`;
    expect(await pull(store, reference, '--tls-verify=false')).toMatchObject({ exitCode: 0 });
    expect(await store.contents(reference, 'etc/platform')).toBe('ours');
    const arch = `--arch=${otherPlatform.architecture}`;
    expect(await pull(store, reference, '--tls-verify=false', arch)).toMatchObject({ exitCode: 0 });
    const fetched = [...blobTraffic(proxy.requests()).keys()].sort();
    const expected = index.images.flatMap(({ config, layers: [layer] }) => [config.digest, layer?.digest]);
    expect(fetched).toEqual(expected.sort());
  });

  test('counts each blob and byte once when two images share a layer', async () => {
    for (const name of ['first', 'second']) {
      const result = await pull(store, `${proxy.host}/app/${name}:1`, '--tls-verify=false');
      expect(result).toMatchObject({ exitCode: 0 });
    }
    const sizes = [...first.layers, ...second.layers].map(({ digest, sizeBytes }) => [digest, sizeBytes]);
    const configs = [first, second].map(({ config }) => [config.digest, config.size]);
    const expected = new Map([...sizes, ...configs] as [string, number][]);
    const traffic = blobTraffic(proxy.requests());
    expect(new Map([...traffic].map(([digest, { bytes }]) => [digest, bytes]))).toEqual(expected);
    expect([...traffic.values()].map(({ requests }) => requests)).toEqual([1, 1, 1, 1, 1]);
    const unique = [...expected.values()].reduce((sum, size) => sum + size, 0);
    expect(totalBytes(proxy.requests()) / unique).toBeLessThan(1.01);
  });

  const manifests = /\/manifests\//;
  const firstLayer = () => new RegExp(`/blobs/${first.layers[0]?.digest}`);

  test.each<{ name: string; path: () => RegExp; action: FaultAction; stderr: RegExp }>([
    {
      name: 'status 401',
      path: () => manifests,
      action: { kind: 'status', status: 401 },
      stderr: /unauthorized/,
    },
    { name: 'status 403', path: () => manifests, action: { kind: 'status', status: 403 }, stderr: /denied/ },
    {
      name: 'status 404',
      path: () => manifests,
      action: { kind: 'status', status: 404 },
      stderr: /manifest unknown/,
    },
  ])('shows podman a permanent fault: $name', async ({ path, action, stderr }) => {
    proxy.addFault({ path: path(), action });
    const result = await pull(store, `${proxy.host}/app/first:1`, '--tls-verify=false');
    expect(result.exitCode).toBe(125);
    expect(result.stderr).toMatch(stderr);
    expect(await store.images()).toEqual([]);
  });

  test.each<{ name: string; path: () => RegExp; action: FaultAction; seen: Partial<ProxyRequest> }>([
    {
      name: 'status 429 with Retry-After',
      path: () => manifests,
      action: { kind: 'status', status: 429, retryAfterSeconds: 1 },
      seen: { status: 429, complete: true },
    },
    {
      name: 'status 500',
      path: () => manifests,
      action: { kind: 'status', status: 500 },
      seen: { status: 500, complete: true },
    },
    {
      name: 'status 503',
      path: () => manifests,
      action: { kind: 'status', status: 503 },
      seen: { status: 503, complete: true },
    },
    {
      name: 'a reset connection',
      path: () => manifests,
      action: { kind: 'reset' },
      seen: { status: undefined, bytesSent: 0, complete: false },
    },
    {
      name: 'a blob cut short',
      path: firstLayer,
      action: { kind: 'cut', afterBytes: 100_000 },
      seen: { bytesSent: 100_000, complete: false },
    },
    { name: 'a corrupt blob', path: firstLayer, action: { kind: 'corrupt' }, seen: { complete: true } },
  ])('hits as many requests as it was told to, after which the pull succeeds: $name', async (row) => {
    proxy.addFault({ path: row.path(), times: 1, action: row.action });
    const reference = `${proxy.host}/app/first:1`;
    const result = await pull(store, reference, '--tls-verify=false');
    // Which of these faults one podman call survives depends on its version.
    const last = result.exitCode === 0 ? result : await pull(store, reference, '--tls-verify=false');
    expect(last).toMatchObject({ exitCode: 0 });
    const [hit, ...later] = proxy.requests().filter(({ path }) => path.search(row.path()) !== -1);
    expect(hit).toMatchObject(row.seen);
    expect(later.map(({ complete, status = 0 }) => complete && status < 300)).not.toContain(false);
    expect(later.length).toBeGreaterThan(0);
    expect(await store.contents(reference, 'etc/base')).toBe('shared by both');
  });

  test('holds a connection open after a part of a blob', async () => {
    proxy.addFault({ path: firstLayer(), action: { kind: 'stall', afterBytes: 50_000 } });
    const reference = `${proxy.host}/app/first:1`;
    const result = await store.podman(['pull', '--tls-verify=false', reference], { timeoutMs: 3_000 });
    expect(result.signal).toBe('SIGKILL');
    const stalled = proxy.requests().find((request) => request.path.search(firstLayer()) !== -1);
    expect(stalled).toMatchObject({ bytesSent: 50_000, complete: false });
  });

  test('delays an answer', async () => {
    proxy.addFault({ path: manifests, times: 1, action: { kind: 'delay', ms: 700 } });
    const reference = `${proxy.host}/app/second:1`;
    expect(await pull(store, reference, '--tls-verify=false')).toMatchObject({ exitCode: 0 });
    const { startedAtMs, endedAtMs = 0 } = proxy.requests().find(({ path }) => manifests.test(path)) ?? {};
    expect(endedAtMs - (startedAtMs ?? 0)).toBeGreaterThan(690);
  });

  test('shares one limit of bytes per second between connections', async () => {
    const rate = 200 * kib;
    proxy.throttle(rate);
    const startedAt = performance.now();
    const urls = [first, second].map(
      ({ layers: [layer] }) => `${proxy.url}/v2/app/first/blobs/${layer?.digest}`,
    );
    const bodies = await Promise.all(urls.map(async (url) => (await fetch(url)).arrayBuffer()));
    const seconds = (performance.now() - startedAt) / 1000;
    const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0);
    expect(bytes).toBe(2 * (first.layers[0]?.sizeBytes ?? 0));
    // A busy machine adds to the time.
    expect(bytes / seconds / rate).toBeGreaterThan(0.1);
    expect(bytes / seconds / rate).toBeLessThan(1.05);
  });

  test('refuses connections until it accepts them again', async () => {
    await proxy.refuse();
    const reference = `${proxy.host}/app/first:1`;
    const refused = await pull(store, reference, '--tls-verify=false');
    expect(refused.stderr).toContain('connect: connection refused');
    await proxy.accept();
    expect(await pull(store, reference, '--tls-verify=false')).toMatchObject({ exitCode: 0 });
  });

  test('reports a blob that was damaged in its storage', async () => {
    const image = await layout.addImage({ layers: [{ seed: 'damaged', sizeBytes: kib }] });
    await pushImage(registry.host, 'app/damaged:1', layout, image);
    await writeFile(registry.blobFile(image.layers[0]?.digest ?? ''), 'not a layer');
    const result = await pull(store, `${registry.host}/app/damaged:1`, '--tls-verify=false');
    expect(result.exitCode).toBe(125);
    expect(result.stderr).not.toBe('');
  });
});

describe('TLS', () => {
  test('is trusted with the cert-dir and only with it, also in front of a TLS registry', async () => {
    const authority = await cleanup.use(newCertificateAuthority());
    const registry = await cleanup.use(startRegistry({ tls: await authority.issue('registry') }));
    const proxy = await cleanup.use(
      startFaultProxy({
        target: registry.url,
        targetCa: authority.certFile,
        tls: await authority.issue('proxy'),
      }),
    );
    const certDir = join(await tempDir(cleanup), 'certs.d');
    await authority.writeCertDir(certDir);
    await pushImage(proxy.host, 'app/first:1', layout, first, { certDir });
    const store = await cleanup.use(newStore());
    for (const { host } of [registry, proxy]) {
      const reference = `${host}/app/first:1`;
      expect((await pull(store, reference)).stderr).toContain(
        'x509: certificate signed by unknown authority',
      );
      expect(await pull(store, reference, `--cert-dir=${certDir}`)).toMatchObject({ exitCode: 0 });
    }
  });
});

describe('authentication', () => {
  const users = { robot: 'correct:horse', other: 'battery' };

  async function tryPull(host: string, creds?: string): Promise<ExecResult> {
    const authFile = join(await tempDir(cleanup), 'auth.json');
    await writeFile(authFile, authJson(creds === undefined ? {} : { [host]: creds }));
    const store = await cleanup.use(newStore());
    const reference = `${host}/app/first:1`;
    return pull(store, reference, '--tls-verify=false', `--authfile=${authFile}`);
  }

  test('with passwords lets in who knows one', async () => {
    const { host } = await cleanup.use(startRegistry({ auth: { kind: 'htpasswd', users } }));
    await pushImage(host, 'app/first:1', layout, first, { creds: 'robot:correct:horse' });
    expect(await tryPull(host, 'other:battery')).toMatchObject({ exitCode: 0 });
    expect((await tryPull(host, 'robot:battery')).stderr).toContain('authentication required');
    expect((await tryPull(host)).stderr).toContain('authentication required');
  });

  test('with tokens lets in whose token covers the repository', async () => {
    const authority = await cleanup.use(newCertificateAuthority());
    const tokens = await cleanup.use(
      startTokenServer(authority, {
        robot: { password: 'correct:horse', repositories: ['*'] },
        other: { password: 'battery', repositories: ['app/second'] },
      }),
    );
    const { host } = await cleanup.use(startRegistry({ auth: tokens.auth }));
    await pushImage(host, 'app/first:1', layout, first, { creds: 'robot:correct:horse' });
    expect(await tryPull(host, 'robot:correct:horse')).toMatchObject({ exitCode: 0 });
    const before = tokens.counts();
    expect((await tryPull(host, 'robot:battery')).stderr).toContain('invalid username/password');
    expect((await tryPull(host, 'other:battery')).stderr).toContain('denied');
    expect((await tryPull(host)).stderr).toContain('denied');
    const { granted, refused, anonymous } = tokens.counts();
    expect(refused - before.refused).toBeGreaterThan(0);
    expect(granted - before.granted).toBeGreaterThan(0);
    expect(anonymous - before.anonymous).toBeGreaterThan(0);
  });
});

describe('a process with a marker', () => {
  test('is found with its children and grandchildren until they have ended', async () => {
    const marker = `TEST_PROCESS_MARKER=${randomUUID()}`;
    const watch = watchCommandLines(marker);
    const env = { TEST_PROCESS_MARKER: marker.slice(marker.indexOf('=') + 1) };
    const live = start('sh', ['-c', 'setsid sleep 321 & echo ready; wait'], { env });
    while (live.stdout() === '') await new Promise((resolve) => setTimeout(resolve, 10));
    while ((await processesOf(marker)).every(({ args }) => args[0] !== 'sleep')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    live.kill('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const left = await processesOf(marker);
    expect(left.map(({ args }) => args)).toEqual([['sleep', '321']]);
    expect(await processesEnd(marker, 50)).toBe(false);
    for (const { pid } of left) process.kill(pid, 'SIGKILL');
    expect(await processesEnd(marker, 60_000)).toBe(true);
    expect(await watch.stop()).toContain('sleep 321');
  });

  test('is the built program when it is started as a command', async () => {
    expect(await runCli(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('bound-images'),
    });
  });
});

describe('files and file systems', () => {
  test('has roots with links, modes and empty directories', async () => {
    const roots = await cleanup.use(
      makeRoots({
        newRoot: {
          'usr/lib/a.conf': 'a',
          'usr/lib/b.conf': { link: '/usr/lib/a.conf' },
          'etc/secret': { text: '{}', mode: 0o600 },
          'usr/etc': { directory: true },
        },
      }),
    );
    const listing = start('find', ['.', '-mindepth', '1', '-printf', '%M %p %l\n'], { cwd: roots.newRoot });
    expect(
      (await listing.finished).stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim())
        .sort(),
    ).toEqual(
      [
        'drwxr-xr-x ./etc',
        '-rw------- ./etc/secret',
        'drwxr-xr-x ./usr',
        'drwxr-xr-x ./usr/etc',
        'drwxr-xr-x ./usr/lib',
        '-rw-r--r-- ./usr/lib/a.conf',
        'lrwxrwxrwx ./usr/lib/b.conf /usr/lib/a.conf',
      ].sort(),
    );
  });

  test('has a file system that fills up and can be made read-only', async () => {
    const small = await cleanup.use(mountTmpfs(100 * kib));
    await expect(writeFile(join(small.path, 'big'), Buffer.alloc(200 * kib))).rejects.toThrow('ENOSPC');
    await small.makeReadOnly();
    await expect(writeFile(join(small.path, 'new'), '')).rejects.toThrow('EROFS');
  });

  test('runs every clean-up task although one fails', async () => {
    const done: string[] = [];
    const own = newCleanup();
    own.add(() => void done.push('first added'));
    own.add(() => Promise.reject(new Error('stuck')));
    own.add(() => void done.push('last added'));
    await expect(own.run()).rejects.toThrow(AggregateError);
    expect(done).toEqual(['last added', 'first added']);
  });
});
