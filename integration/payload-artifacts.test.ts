import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nowhere } from '../src/diagnostic/place.js';
import type { PullOutcome } from '../src/model/outcome.js';
import type { Payload, PayloadSource } from '../src/model/payload.js';
import { completePayloads } from '../src/operations/payloads.js';
import { payloadPorts } from '../src/ports/payloads.js';
import { emptyTree } from '../src/root/empty-tree.js';
import { rootView } from '../src/root/root-view.js';
import { findPodman } from '../src/tools/podman/podman.js';
import { plannedImage } from '../test/support/planned-image.js';
import { execOk } from './support/exec.js';
import { newImageSource } from './support/image-source.js';
import { podmanOf } from './support/podman-suites.js';
import { type PushedArtifact, pushArtifact } from './support/push-artifact.js';
import { newStore, type Store } from './support/store.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const kernel = Buffer.from('a kernel\n'.repeat(1000));
const kernelType = 'application/vnd.example.kernel';

let pushed: PushedArtifact;
let podman: string;
let store: Store;
let outcome: PullOutcome;

beforeAll(async () => {
  const source = await newImageSource(cleanup);
  pushed = await pushArtifact(source.registry.host, 'team/kernel:6', [
    { content: kernel, title: 'vmlinuz', mediaType: kernelType },
    { content: Buffer.from('an initrd\n'), title: 'initrd' },
  ]);
  ({ podman } = await podmanOf('5.8'));
  store = await cleanup.use(newStore(undefined, podman));
  const reference = `${source.registry.host}/team/kernel:6`;
  await execOk(podman, [...store.podmanArgs, 'artifact', 'pull', '--quiet', '--tls-verify=false', reference]);
  outcome = {
    planned: plannedImage(reference, { kind: 'artifact' }),
    ...{ state: 'pulled', digest: pushed.digest, id: null, bytes: 1, attempts: 1, seconds: 1, error: null },
  };
});

const title = (text: string): PayloadSource => ({ kind: 'title', title: text });

async function take(...sources: readonly PayloadSource[]) {
  const stateDir = await tempDir(cleanup);
  mkdirSync(stateDir, { recursive: true });
  const found = findPodman(podman, {
    store: { root: store.root, runroot: store.runroot },
    nice: false,
    layerConcurrency: undefined,
  });
  const payloads = sources.map(
    (source, index): Payload => ({
      ...{ source, as: `kernel/${index}`, maxBytes: 10_000, mode: undefined },
      ...{ digest: undefined, place: nowhere },
    }),
  );
  const { resolved } = outcome.planned;
  const carrying = { ...resolved, image: { ...resolved.image, payloads } };
  const outcomes = await completePayloads(
    'os-1.0',
    { newRoot: rootView(emptyTree, 'new', null) },
    [{ ...outcome, planned: { ...outcome.planned, resolved: carrying } }],
    payloadPorts(
      { stateDir, minFree: 0 },
      () => found,
      () => undefined,
    ),
    new AbortController().signal,
  );
  return { outcomes, directory: join(stateDir, 'payloads/os-1.0/kernel') };
}

test('layers of an artifact come out of the store by title and by media type', async () => {
  const { outcomes, directory } = await take(title('initrd'), { kind: 'media-type', mediaType: kernelType });
  expect(outcomes).toMatchObject([
    { state: 'taken', bytes: 10 },
    { state: 'taken', bytes: kernel.length },
  ]);
  expect(readFileSync(join(directory, '0'), 'utf8')).toBe('an initrd\n');
  expect(readFileSync(join(directory, '1')).equals(kernel)).toBe(true);
});

test('a layer that is not there is said, and the others come', async () => {
  const { outcomes, directory } = await take(title('absent'), title('vmlinuz'));
  expect(outcomes).toMatchObject([
    {
      state: 'failed',
      error: { code: 'not-in-image', message: expect.stringContaining('there is vmlinuz') },
    },
    { state: 'taken' },
  ]);
  expect(readdirSync(directory)).toEqual(['1']);
});
