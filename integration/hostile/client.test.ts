import { readFileSync } from 'node:fs';
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
import { creds, password, user } from './rows/registries.js';
import { type MemoryRegistry, startMemoryRegistry } from './support/memory-registry.js';
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
    if (!trick.hasOtherRealm) expectNothingTold(scene.elsewhere);
    await trick.afterwards?.(scene);
    expect(registry.requests().length).toBeLessThanOrEqual(requests);
    expect((registry.sentBytes() - before) / 1e6).toBeLessThan(sentMegabytes);
  });
});
