import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isOlder } from '../../src/tools/process/is-older.js';
import { type BoundHost, newBoundHost } from './bound-host.js';
import { dropIn } from './entries.js';
import { execOk } from './exec.js';
import { imageContents, type PodmanCall } from './image-contents.js';
import { type ImageSource, newImageSource } from './image-source.js';
import { pushSharedLayers } from './kill-images.js';
import { listedLayers } from './listed-layers.js';
import { podmanOf } from './podman-suites.js';
import type { Cleanup } from './temp.js';
import type { PodmanVersion } from './unpacked-podman.js';

/** A host that binds several images which share layers, and the registry that has them. */
export type KillSubject = {
  readonly host: BoundHost;
  readonly proxy: ImageSource['proxy'];
  /** How long a pull of all images takes. */
  readonly runMs: number;
  /** Returns what is wrong with the images or the store. */
  readonly examine: () => Promise<readonly string[]>;
  /** Removes all images; returns the paths that are new in the store compared with the last time. */
  readonly empty: () => Promise<readonly string[]>;
};

/** A pull takes some seconds: half of them for blobs, half for what comes before, between and after. */
const bytesPerSecond = 1.5 * 1024 * 1024;

/** podman-system-check(1). */
const systemCheckSince = '5.2';

/** Makes a host with the podman of that version, and pulls once, undisturbed, to compare with. */
export async function newKillSubject(version: PodmanVersion, cleanup: Cleanup): Promise<KillSubject> {
  const { proxy, ...source } = await newImageSource(cleanup);
  const references = await pushSharedLayers({ proxy, ...source });
  const programs = await podmanOf(version);
  const host = await newBoundHost(cleanup, { newRoot: dropIn('apps', references), programs });
  const { store } = host;
  const podman: PodmanCall = (...args) =>
    execOk(programs.podman, [...store.podmanArgs, ...args], { env: store.env });
  const contentsOf = (reference: string) => imageContents(programs.podman, podman, reference);

  const known = new Set<string>();
  const empty = async () => {
    await podman('rmi', '--all', '--force');
    const paths = await readdir(dirname(store.root), { recursive: true });
    const added = paths.filter((path) => !known.has(path)).sort();
    for (const path of added) known.add(path);
    return added;
  };

  proxy.throttle(bytesPerSecond);
  const { durationMs, exitCode, stderr } = await host.startPull().finished;
  if (exitCode !== 0) throw new Error(`The images cannot be pulled:\n${stderr}`);
  const undisturbed = await Promise.all(references.map(contentsOf));
  await empty();

  return {
    host,
    proxy,
    runMs: durationMs,
    examine: async () => {
      const problems: string[] = [];
      const { incomplete } = await listedLayers(store.root);
      if (incomplete > 0) problems.push(`${incomplete} layers are incomplete`);
      if (!isOlder(version, systemCheckSince)) {
        // Layers that no image has count as damage from the first second, not after a day.
        const { exitCode, stdout, stderr } = await store.podman(['system', 'check', '--max', '0s']);
        if (exitCode !== 0 || stdout !== '') problems.push(`podman system check: ${stdout}${stderr}`);
      }
      const found = await Promise.allSettled(references.map(contentsOf));
      for (const [index, result] of found.entries()) {
        const lines = result.status === 'fulfilled' ? result.value : [String(result.reason)];
        const differences = difference(lines, undisturbed[index] ?? []);
        if (differences.length > 0) problems.push(`${references[index]}: ${differences.join('; ')}`);
      }
      return problems;
    },
    empty,
  };
}

/** Returns the lines that only one of the two has. */
function difference(found: readonly string[], expected: readonly string[]): readonly string[] {
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `misses ${line}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `has ${line}`),
  ];
}
