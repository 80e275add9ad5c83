import { readFileSync } from 'node:fs';
import type * as http from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { redactor } from '../../src/diagnostic/redact.js';
import type { RegistrySource } from '../../src/model/registry-source.js';
import { systemTimer } from '../../src/pull/system-timer.js';
import { secretsOfCreds } from '../../src/resolve/auth-file.js';
import { openRegistryClient, type RegistryClient } from '../../src/tools/registry/client/client.js';
import { parseManifest } from '../../src/tools/registry/manifest.js';
import { newCleanup, tempDir } from '../support/temp.js';
import { bodyTricks } from './rows/client/bodies.js';
import { certificateTricks } from './rows/client/certificates.js';
import { credentialTricks } from './rows/client/credentials.js';
import {
  expectNothingTold,
  play,
  type Scene,
  type Setting,
  secrets,
  type Trick,
} from './rows/client/trick.js';
import { challenge, creds, errors, password, user } from './rows/registries.js';
import { type MemoryRegistry, send, startMemoryRegistry } from './support/memory-registry.js';
import { startRecorder } from './support/recorder.js';
import { unprintable } from './support/run-row.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let registry: MemoryRegistry;
beforeAll(async () => {
  registry = await cleanup.use(startMemoryRegistry());
});

let count = 0;

/** A scene of which a test needs no store. */
async function newScene(): Promise<Scene> {
  count += 1;
  registry.behave();
  registry.forget();
  const repository = `row/${count}`;
  const name = `${registry.host}/${repository}`;
  const made = registry.put(repository, '1');
  const scratch = await tempDir(perTest);
  return {
    lab: { registry, cleanup: perTest, scratch, canaries: { secret: `${scratch}/secret` } },
    app: { ...made, repository, tagged: `${name}:1`, pinned: `${name}@${made.digest}` },
    elsewhere: await startRecorder(perTest),
  };
}

/** The client with the environment of the scene; its waits take no time. */
function newClient({ elsewhere }: Scene, { env = {} }: Partial<Setting>): RegistryClient {
  const authority = env.SSL_CERT_FILE;
  const client = openRegistryClient({
    ca: () => (authority === undefined ? undefined : [readFileSync(authority, 'utf8')]),
    env: { ...elsewhere.proxyEnv, ...env },
    timer: { ...systemTimer, sleep: async () => undefined },
    random: () => 0.5,
    attempts: 3,
    userAgent: 'test',
    observe: (request) => observed.push(request),
    redact: redactor(() => secretsOfCreds(creds)),
  });
  perTest.add(() => client.close());
  return client;
}

function sourceOf({ lab, app }: Scene, { reference, tree = {} }: Partial<Setting>): RegistrySource {
  const name = reference ?? app.tagged;
  const [, host = '', rest = ''] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  const [repository = '', wanted = ''] = rest.split(/@|:(?!.*:)/);
  return {
    registry: host,
    repository,
    reference: rest.includes('@') ? rest.slice(rest.indexOf('@') + 1) : wanted,
    isInsecure: host === lab.registry.host,
    certificates: Object.entries(tree).map(([path, node]) => ({
      name: path.slice(path.lastIndexOf('/') + 1),
      bytes: Buffer.from(typeof node === 'string' ? node : ''),
    })),
    credentials: async () => ({ kind: 'password', username: user, password }),
  };
}

/** What the questions of a plan come to. */
async function look(
  client: RegistryClient,
  source: RegistrySource,
  trick: Trick,
): Promise<{ readonly kind: string; readonly message: string }> {
  const limitMs = trick.args?.includes('4s') === true ? 1500 : 20_000;
  const within = { signal: systemTimer.limit(new AbortController().signal, limitMs) };
  const answers: Awaited<ReturnType<RegistryClient['manifest' | 'config' | 'tags']>>[] = [];
  if (trick.unit?.includes('AllTags=true')) answers.push(await client.tags(source, within));
  const found = await client.manifest(source, source.reference, within);
  answers.push(found);
  const manifest = found.kind === 'found' ? parseManifest(found.text) : undefined;
  if (manifest?.kind === 'unreadable') return { kind: 'unreadable', message: manifest.problem };
  if (manifest?.kind === 'other') return { kind: 'other', message: '' };
  const digest =
    found.kind === 'found' ? /"digest":"(sha256:[0-9a-f]{64})"/.exec(found.text)?.[1] : undefined;
  if (digest !== undefined) answers.push(await client.config(source, digest, within));
  const worst = answers.find(({ kind }) => kind !== 'found') ?? answers[0];
  if (worst === undefined || worst.kind === 'found') return { kind: 'found', message: '' };
  return worst.kind === 'failed'
    ? { kind: worst.failure.kind, message: worst.failure.message }
    : { kind: 'unsupported', message: worst.what };
}

/** What `--verbose` shows. */
const observed: string[] = [];

describe('a look at a registry that answers with', () => {
  test.each([...bodyTricks, ...credentialTricks, ...certificateTricks])('$name', async (trick) => {
    const scene = await newScene();
    const setting = await play(trick, scene);
    const { requests = 60, sentMegabytes = 40 } = trick.bounds ?? {};
    const before = registry.sentBytes();
    observed.length = 0;
    const startedAt = performance.now();
    const { kind, message } = await look(newClient(scene, setting), sourceOf(scene, setting), trick);
    expect(performance.now() - startedAt).toBeLessThan(19_000);

    const { check = [3, 75], plan = [1, 75] } = trick;
    // A right answer, and only that, may be taken for one.
    if (!check.includes(0) && !plan.includes(0))
      expect({ kind, message }).not.toMatchObject({ kind: 'found' });
    if (kind !== 'found') for (const says of trick.says ?? []) expect(message).toMatch(says);
    for (const never of [...secrets, unprintable, ...(trick.never ?? [])]) expect(message).not.toMatch(never);
    for (const never of [...secrets, unprintable]) expect(observed.join('\n')).not.toMatch(never);
    expect(message.length).toBeLessThan(2_000);
    if (trick.hasOtherRealm !== true) expectNothingTold(scene.elsewhere);
    await trick.afterwards?.(scene);
    expect(registry.requests().length).toBeLessThanOrEqual(requests);
    expect((registry.sentBytes() - before) / 1e6).toBeLessThan(sentMegabytes);
  });
});

/** Ten thousand bytes that say where they are. */
const content = Buffer.from(Array.from({ length: 1000 }, (_, at) => `${at}`.padStart(9, '0')).join(' '));
const size = content.length;

describe('a part of a blob', () => {
  type Answer = (response: http.ServerResponse, range: string | undefined) => void;
  const part = (from: number, to: number, said = `bytes ${from}-${to}/${size}`): Answer => {
    return (response) => {
      const body = content.subarray(from, to + 1);
      response.writeHead(206, { 'content-range': said, 'content-length': body.length }).end(body);
    };
  };

  /** What comes of the bytes from 100 on, up to 199, in an answer. */
  async function ask(answer: Answer, to: number | null = 199) {
    const scene = await newScene();
    const digest = registry.putBlob(content);
    let requests = 0;
    registry.misbehave(({ kind, headers }, response) => {
      if (kind !== 'blob') return false;
      requests += 1;
      answer(response, headers.range);
      return true;
    });
    const signal = systemTimer.limit(new AbortController().signal, 3000);
    const wanted = { signal, from: 100, ...(to !== null && { to }) };
    const found = await newClient(scene, {}).blob(sourceOf(scene, {}), digest, wanted);
    if (found.kind !== 'found') return { kind: found.kind, requests } as const;
    const chunks: Buffer[] = [];
    let isWhole = true;
    try {
      for await (const chunk of found.body as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        // Who knows what he wants reads no more than that.
        if (Buffer.concat(chunks).length > size) break;
      }
    } catch {
      isWhole = false;
    }
    return { kind: 'found', requests, found, isWhole, bytes: Buffer.concat(chunks) } as const;
  }

  test('comes as it was asked for', async () => {
    const result = await ask(part(100, 199));
    expect(result).toMatchObject({ kind: 'found', found: { status: 206, from: 100, length: 100, size } });
    expect(result.bytes).toEqual(content.subarray(100, 200));
  });

  test.each<{ readonly name: string; readonly answer: Answer; readonly to?: undefined }>([
    { name: 'another part', answer: part(300, 399) },
    { name: 'another part that is said to be this one', answer: part(300, 398, `bytes 100-199/${size}`) },
    { name: 'a part that begins sooner', answer: part(0, 199) },
    { name: 'a part that begins later', answer: part(101, 199) },
    { name: 'a part that ends sooner', answer: part(100, 150) },
    { name: 'a part that ends later', answer: part(100, 250) },
    { name: 'a part of other units', answer: part(100, 199, `lines 100-199/${size}`) },
    { name: 'a part of no place', answer: part(100, 199, 'bytes */*') },
    { name: 'a part whose place is not a number', answer: part(100, 199, 'bytes 1e2-1.99e2/x') },
    { name: 'a part beyond its own size', answer: part(100, 199, 'bytes 100-199/150') },
    { name: 'a part from behind', answer: part(100, 199, `bytes 199-100/${size}`) },
    { name: 'a part of numbers beyond numbers', answer: part(100, 199, `bytes 100-${'9'.repeat(30)}/*`) },
    { name: 'an empty place', answer: part(100, 199, '') },
    {
      name: 'several parts',
      answer: (r) => r.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x--'),
    },
    { name: '206 and nothing', answer: (r) => r.writeHead(206).end() },
    { name: '416', answer: (r) => r.writeHead(416, { 'content-range': `bytes */${size}` }).end() },
    { name: '304', answer: (r) => r.writeHead(304).end() },
  ])('is not taken from $name', async ({ answer }) => {
    const result = await ask(answer);
    expect(result).toMatchObject({ kind: 'failed' });
    expect(result.requests).toBeLessThanOrEqual(3);
  });

  test('is told from the whole, which a registry may send instead', async () => {
    const result = await ask((r) => r.writeHead(200, { 'content-length': size }).end(content));
    expect(result).toMatchObject({ kind: 'found', found: { status: 200, from: 0, length: size } });
    expect(result.bytes).toEqual(content);
  });

  test.each<{ readonly name: string; readonly answer: Answer }>([
    {
      name: 'is cut',
      answer: (r) => {
        r.writeHead(206, { 'content-range': `bytes 100-199/${size}`, 'content-length': 100 });
        r.write(content.subarray(100, 150));
        setTimeout(() => r.destroy(), 20);
      },
    },
    {
      name: 'is reset',
      answer: (r) => {
        r.writeHead(206, { 'content-range': `bytes 100-199/${size}`, 'content-length': 100 });
        r.write(content.subarray(100, 150));
        setTimeout(() => r.socket?.resetAndDestroy(), 20);
      },
    },
    {
      name: 'stands still',
      answer: (r) => {
        r.writeHead(206, { 'content-range': `bytes 100-199/${size}`, 'content-length': 100 });
        r.write(content.subarray(100, 150));
      },
    },
  ])('that $name ends with an error, and what came of it is right', async ({ answer }) => {
    const result = await ask(answer);
    expect(result).toMatchObject({ kind: 'found', isWhole: false });
    expect(result.bytes).toEqual(content.subarray(100, 150));
  });

  test('that never ends is the reader’s to end, and nothing is kept meanwhile', async () => {
    const before = registry.sentBytes();
    const result = await ask((r) => {
      r.writeHead(206, { 'content-range': `bytes 100-${size - 1}/${size}` });
      const more = () => {
        while (!r.destroyed && r.write(content));
      };
      r.on('drain', more);
      more();
    }, null);
    expect(result).toMatchObject({ kind: 'found', found: { length: size - 100 } });
    expect((registry.sentBytes() - before) / 1e6).toBeLessThan(30);
  });
});

test('who is refused 300 times with a token for each is told so soon', async () => {
  const scene = await newScene();
  let tokens = 0;
  registry.misbehave(({ path, authorization = '' }, response) => {
    if (path.startsWith('/token')) {
      tokens += 1;
      const token = `${'canary-bearer-'.repeat(100)}${tokens}`;
      send(response, 200, 'application/json', Buffer.from(JSON.stringify({ token })));
    } else if (authorization === '') {
      challenge(response, `Bearer realm="http://${registry.host}/token",service="x"`);
    } else send(response, 403, 'application/json', errors(`canary-bearer- ${authorization} canary`));
    return true;
  });
  const client = newClient(scene, {});
  const own = sourceOf(scene, {});
  const { signal } = new AbortController();
  const startedAt = process.cpuUsage();
  for (let at = 0; at < 300; at += 1) {
    const answer = await client.manifest({ ...own, repository: `many/${at}` }, '1', { signal });
    expect(answer).toMatchObject({ kind: 'failed', failure: { code: 'denied' } });
    if (answer.kind === 'failed') expect(answer.failure.message).not.toMatch(/canary-bearer-canary/);
  }
  // Minutes, where each token has patterns of its own.
  expect(process.cpuUsage(startedAt).user / 1e6).toBeLessThan(20);
});
