import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, parseReport } from '../support/bound-host.js';
import type { LiveCli } from '../support/cli.js';
import { dropIn } from '../support/entries.js';
import { exec } from '../support/exec.js';
import { type ImageSource, newImageSource, type SourceImage } from '../support/image-source.js';
import { type PodmanPrograms, podmanOf } from '../support/podman-suites.js';
import { processesEnd, processesOf } from '../support/processes.js';
import { oneOf } from '../support/sample.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { mountTmpfs } from '../support/tmpfs.js';
import { waitUntil } from '../support/wait-until.js';
import { type FoundRelay, findRelay } from './support/found-relay.js';
import { recordedProgram } from './support/recorded-program.js';
import { asStranger, strangerAsks, strangerHolds, strangerListens } from './support/stranger.js';

// Attacks on a relay at work, which need a pull that takes its time.

const mib = 1024 * 1024;
const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(async () => {
  source.proxy.throttle(undefined);
  source.proxy.clearFaults();
  await perTest.run();
});

let source: ImageSource;
let small: SourceImage;
let large: SourceImage;
let layer: string;
beforeAll(async () => {
  source = await newImageSource(cleanup);
  small = await source.push('team/small:1', { sizeBytes: 20 * 1024 });
  large = await source.push('team/large:1', { sizeBytes: 24 * mib });
  layer = large.layers[0]?.digest ?? '';
});
beforeEach(() => source.proxy.forget());

const requestsFor = (digest: string) => source.proxy.requests().filter((each) => each.digest === digest);
const sentOf = (digest: string) => requestsFor(digest).reduce((sum, { bytesSent }) => sum + bytesSent, 0);

/** Starts a pull, and returns it when some megabytes of the large layer have come and the others take long. */
async function pullHalfWay(
  host: BoundHost,
  ...args: readonly string[]
): Promise<{ readonly live: LiveCli; readonly relay: FoundRelay }> {
  source.proxy.throttle(4 * mib);
  const live = host.startPull(...args);
  const relay = await findRelay(live);
  await waitUntil('some of the large layer is here', () => sentOf(layer) > 10 * mib);
  source.proxy.throttle(64 * 1024);
  return { live, relay };
}

/** Everything at once from now on. */
async function expectEnd(live: LiveCli): Promise<void> {
  source.proxy.throttle(undefined);
  const result = await live.finished;
  expect(parseReport(result.stdout)?.images, result.stderr).toMatchObject([
    { reference: small.pinned, state: 'pulled' },
    { reference: large.pinned, state: 'pulled', digest: large.digest },
  ]);
  expect(result.exitCode).toBe(0);
}

describe.each(oneOf('relay', ['4.3', '5.8', '6.1']))('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });
  const newHost = () =>
    newBoundHost(perTest, { newRoot: dropIn('apps', [small.pinned, large.pinned]), programs });

  describe('another user of the machine', () => {
    test('who finds the port gets nothing, and learns nothing', async () => {
      const { live, relay } = await pullHalfWay(await newHost());
      const { port, secret } = relay;
      const near = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`;
      const guesses = [
        '',
        '0'.repeat(secret.length),
        near,
        secret.slice(1),
        `${secret}0`,
        secret.toUpperCase(),
      ];
      const wrong = guesses.filter((guess) => guess !== secret);
      const get = (path: string, method = 'GET', more = '') =>
        `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${more}connection: close\r\n\r\n`;
      const unknown = `sha256:${'0'.repeat(64)}`;
      const paths = wrong.flatMap((guess) =>
        [`blobs/${layer}`, `blobs/${unknown}`, `manifests/${large.digest}`, 'manifests/1', 'tags/list'].map(
          (what) => `/v2/${guess}/r0/team/large/${what}`,
        ),
      );
      const others = [
        ...['/', '/v2', '/v2/_catalog', `/v2/team/large/blobs/${layer}`, `/v2/r0/team/large/blobs/${layer}`],
        ...[`/${near}/${near}/r0/team/large@sha256=0/signature-1`, '/%2e%2e/etc/passwd', '/../../etc/passwd'],
        ...[`http://127.0.0.1:${port}/v2/_catalog`, '*', `/v2/${'x'.repeat(8000)}`, `/v2/${near}%00/r0`],
      ];
      const requests = [
        ...[...paths, ...others].map((path) => get(path)),
        ...['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'].map((method) =>
          get(`/v2/${near}/r0/team/large/blobs/${layer}`, method),
        ),
        get(`/v2/${near}/r0/team/large/blobs/${layer}`, 'GET', 'range: bytes=0-9\r\n'),
        get('/v2/', 'GET', `authorization: Bearer ${near}\r\n`).replace('/v2/', `/v2/${near}/`),
      ];
      const { listening, heard } = await strangerAsks({ port, requests });
      expect(listening).toContain(port);
      // The same for what is there and what is not, so that nothing is learned; and at once, so that nobody waits for bytes.
      const bare = heard.map(({ text }) => text.replace(/^Date: .*\r\n/m, ''));
      expect([...new Set(bare)]).toEqual([expect.stringMatching(/^HTTP\/1\.1 404 Not Found\r\n/)]);
      expect(bare[0]?.split('\r\n\r\n')[1]).toBe('');
      expect(heard.filter(({ isClosed }) => !isClosed)).toEqual([]);

      const noRequests = [
        'SSH-2.0-x\r\n',
        '\u0016\u0003\u0001\u0000\u0001\u0001',
        `GET ${'x'.repeat(200_000)}`,
      ];
      const tunnel = get(`127.0.0.1:${port}`, 'CONNECT');
      const broken = await strangerAsks({ port, requests: [...noRequests, tunnel, get('/v2/')] });
      for (const { text } of broken.heard) expect(text).not.toMatch(/team|sha256|r0|large/);
      await expectEnd(live);
    });

    test('who looks around finds the secret nowhere', async () => {
      const open = await tempDir(perTest);
      await chmod(open, 0o755);
      const temporary = join(open, 'tmp');
      await mkdir(temporary);
      const host = await newBoundHost(perTest, {
        newRoot: dropIn('apps', [small.pinned, large.pinned]),
        programs,
        env: { TMPDIR: temporary },
      });
      const startedAt = Math.floor(Date.now() / 1000);
      const { live, relay } = await pullHalfWay(host);
      // What everybody may read of a process, and of what is new in directories for temporary files.
      const places = ['/tmp', '/var/tmp', '/run', open].join(' ');
      const { stdout } = await asStranger('bash', [
        '-c',
        `cat /proc/[0-9]*/{cmdline,environ,comm,stat,maps} /proc/net/{tcp,unix} 2>/dev/null | tr '\\0' '\\n'
         find ${places} -newermt @${startedAt} -print 2>/dev/null
         find ${places} -newermt @${startedAt} -type f -size -2M -exec cat -- {} + 2>/dev/null`,
      ]);
      // It did see something.
      expect(stdout).toContain(large.pinned);
      expect(stdout.includes(relay.secret)).toBe(false);
      await expectEnd(live);
    });

    test('who holds all connections that he can get stops no pull', async () => {
      const { live, relay } = await pullHalfWay(await newHost());
      for (const start of ['', 'GET /v2/ HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n', 'GET /v2/ HTTP/1.1\\r\\nx: ']) {
        const holder = strangerHolds(relay.port, 800, start);
        perTest.add(async () => {
          holder.kill('SIGKILL');
          await holder.finished;
        });
      }
      await waitUntil('connections are held', async () => {
        // proc_pid_net(5): the other end, and 01 for what is established.
        const port = relay.port.toString(16).padStart(4, '0').toUpperCase();
        const rows = (await readFile('/proc/net/tcp', 'latin1')).match(new RegExp(`:${port} 01 `, 'g'));
        return (rows ?? []).length > 500;
      });
      await expectEnd(live);
    });
  });

  describe('a relay that is killed inside a blob', () => {
    test('takes podman along, nobody can take its port, and the next run goes on where it was', async () => {
      const host = await newHost();
      const { live, relay } = await pullHalfWay(host);
      live.kill('SIGKILL');
      expect(await live.finished).toMatchObject({ signal: 'SIGKILL' });
      // Of root's relay: below it, only root may listen.
      const start = Number(await readFile('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
      expect(relay.port).toBeLessThan(start);
      expect(await strangerListens(relay.port)).toBe('EACCES');
      expect(await processesEnd(live.marker, 60_000)).toBe(true);

      const before = sentOf(layer);
      source.proxy.throttle(undefined);
      source.proxy.forget();
      const { exitCode, report } = await host.pull('--verify', 'deep');
      expect(exitCode).toBe(0);
      expect(report?.images).toMatchObject([{ error: null }, { state: 'pulled', digest: large.digest }]);
      expect(requestsFor(layer).map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=\d+-$/)]);
      const size = large.layers[0]?.sizeBytes ?? 0;
      expect(before + sentOf(layer)).toBeLessThan(size + 4 * mib);
      expect(await host.stored()).toEqual([large.pinned, small.pinned].sort());
    });

    test('leaves a podman that can be killed, too, and nothing that is wrong', async () => {
      const host = await newHost();
      const { live } = await pullHalfWay(host);
      for (const { pid } of await processesOf(live.marker)) process.kill(pid, 'SIGKILL');
      await live.finished;
      source.proxy.throttle(undefined);
      const { exitCode, report } = await host.pull('--verify', 'deep');
      expect(report?.images).toMatchObject([{ error: null }, { state: 'pulled', digest: large.digest }]);
      expect(exitCode).toBe(0);
    });
  });

  test('the secret of a relay is nowhere afterwards, whatever failed', async () => {
    const directory = await tempDir(perTest);
    const podman = await recordedProgram(directory, 'podman', programs.podman);
    const gone = await source.push(`team/gone-${version}:1`);
    const denied = await source.push(`team/denied-${version}:1`, { seed: `denied-${version}` });
    source.proxy.addFault({ path: /team\/gone.*\/blobs/, action: { kind: 'status', status: 404 } });
    source.proxy.addFault({ path: /team\/denied.*\/blobs/, action: { kind: 'status', status: 403 } });
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [small.pinned, gone.tagged, denied.pinned, large.pinned]),
      programs: { ...programs, podman: podman.path },
    });
    source.proxy.throttle(8 * mib);
    const live = host.startPull('--keep-going', '--verbose', '--progress', 'json', '--retries', '1');
    const { port, secret } = await findRelay(live);
    source.proxy.throttle(undefined);
    const { exitCode, stdout, stderr } = await live.finished;
    expect(exitCode).not.toBe(0);
    for (const text of [stdout, stderr]) {
      expect(text.includes(secret)).toBe(false);
      expect(text).not.toContain(`127.0.0.1:${port}/`);
    }
    const calls = await podman.calls();
    expect(calls.length).toBeGreaterThan(0);
    expect(JSON.stringify(calls).includes(secret)).toBe(false);
    // The store, podman's own state and caches, and ours.
    const places = [
      ...[host.store.root, host.store.runroot, host.state, join(host.temporary, '..')],
      ...['/var/lib/containers/cache', '/run/libpod', '/run/containers', '/root/.local/share/containers'],
    ];
    const found = await exec('grep', ['-rlF', '-e', secret, '--', ...places]);
    expect(found.stdout).toBe('');
    const events = await host.store.podman(['events', '--stream=false', '--since', '1h']);
    expect(events.stdout.includes(secret)).toBe(false);
  });

  test('a full disk under the kept parts is a fault of this machine, and what came is kept', async () => {
    const disk = await perTest.use(mountTmpfs(120 * mib));
    const host = await newBoundHost(perTest, {
      newRoot: dropIn('apps', [small.pinned, large.pinned]),
      storeParent: disk.path,
      programs,
    });
    source.proxy.throttle(4 * mib);
    const live = host.startPull('--min-free', '0');
    await waitUntil('some of the large layer is here', () => sentOf(layer) > 8 * mib);
    const filler = join(disk.path, 'filler');
    await exec('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
    source.proxy.throttle(undefined);
    const result = await live.finished;
    const report = parseReport(result.stdout);
    expect(report?.images[1], result.stderr).toMatchObject({ state: 'failed', error: { code: 'no-space' } });
    expect(result.exitCode).toBe(1);
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    const kept = join(host.store.root, 'bound-images/parts');
    const sizes = await Promise.all(
      (await readdir(kept)).map(async (name) => (await stat(join(kept, name))).size),
    );
    expect(Math.max(0, ...sizes)).toBeGreaterThan(6 * mib);

    await rm(filler);
    source.proxy.forget();
    const again = await host.pull('--min-free', '0');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.report?.images[1]).toMatchObject({ state: 'pulled', digest: large.digest });
    expect(sentOf(layer)).toBeLessThan(20 * mib);
    // In the store for good, it is kept no more.
    const left = await readdir(kept).catch(() => []);
    expect(left.filter((name) => name.includes(layer.slice('sha256:'.length)))).toEqual([]);
  });

  test('parts that somebody has changed or put there are found, and fetched anew', async () => {
    const host = await newHost();
    const { live } = await pullHalfWay(host);
    live.kill('SIGKILL');
    await live.finished;
    expect(await processesEnd(live.marker, 60_000)).toBe(true);
    const kept = join(host.store.root, 'bound-images/parts');
    const hex = layer.slice('sha256:'.length);
    for (const name of await readdir(kept)) {
      const path = join(kept, name);
      const { size } = await stat(path);
      if (name.includes(hex) && size > mib) await writeFile(path, Buffer.alloc(size, 'x'));
      // Nobody but root may have done so, but a disk may.
    }
    await writeFile(join(kept, 'something-else'), 'x');
    await mkdir(join(kept, `sha256-${'0'.repeat(64)}`), { recursive: true });
    source.proxy.throttle(undefined);
    const { exitCode, report, stderr } = await host.pull('--verify', 'deep');
    expect(report?.images, stderr).toMatchObject([
      { error: null },
      { state: 'pulled', digest: large.digest },
    ]);
    expect(exitCode).toBe(0);
  });
});
