import { BoundImagesError } from '../error.js';
import { findProgram } from '../process/find-program.js';
import { run } from '../process/run.js';
import { requireVersion } from '../process/version.js';
import type { ResolvedImage } from '../resolve/resolve.js';
import { classify } from './classify.js';
import type { Failure } from './failure.js';
import { oldestPodman, type PodmanFeatures, parseFlags } from './features.js';
import { type PullFiles, pullCommand } from './pull-command.js';
import { type Store, storeArguments } from './store.js';
import { parseStoreImages, type StoreImage } from './store-images.js';

export type PullAttempt =
  | { readonly kind: 'pulled'; readonly ids: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' };

/** podman, working on one store. Each call is one process; all can be stopped with the signal. */
export interface Podman {
  /** Every image of the store. @throws BoundImagesError `store` when podman cannot read it. */
  images(signal?: AbortSignal): Promise<readonly StoreImage[]>;
  /** @throws BoundImagesError `tool-too-old`. */
  features(): Promise<PodmanFeatures>;
  /** One attempt to pull. Blobs arrive in `directory`, which is this pull's own. */
  pull(image: ResolvedImage, files: PullFiles, directory: string, signal: AbortSignal): Promise<PullAttempt>;
}

/** @throws BoundImagesError `tool-missing` when there is no such program. */
export function findPodman(program: string, store: Store): Podman {
  const path = findProgram(program);
  if (path === undefined) {
    throw new BoundImagesError(
      'tool-missing',
      `podman is needed, and “${program}” is not an executable program`,
      {
        hint: 'install the package podman, or name the program with --podman',
      },
    );
  }
  let known: Promise<PodmanFeatures> | undefined;
  const features = () => {
    known ??= readFeatures(path);
    return known;
  };
  return {
    images: (signal) => readImages(path, store, signal),
    features,
    pull: async (image, files, directory, signal) => {
      const args = pullCommand(store, image, files, await features());
      const result = await run(path, args, { env: { TMPDIR: directory }, signal });
      if (result.stopped) return { kind: 'stopped' };
      const ids = result.stdout.match(/^[0-9a-f]{64}$/gm) ?? [];
      if (result.exitCode === 0 && ids.length > 0) return { kind: 'pulled', ids };
      if (result.exitCode === 0 || result.signal !== null) {
        // Before 5.3 podman exits with 0 when TERM ends it; a signal that is not ours may be the OOM killer's.
        const how = result.signal ?? 'without an image';
        return {
          kind: 'failed',
          failure: { code: 'stopped-early', kind: 'transient', message: `podman ended early: ${how}` },
        };
      }
      return { kind: 'failed', failure: classify(result.stderr) };
    },
  };
}

async function readImages(
  program: string,
  store: Store,
  signal: AbortSignal | undefined,
): Promise<readonly StoreImage[]> {
  const args = [...storeArguments(store), 'images', '--all', '--no-trunc', '--format', 'json'];
  const result = await run(program, args, { signal });
  if (result.exitCode !== 0) {
    throw new BoundImagesError('store', `podman cannot list its images: ${classify(result.stderr).message}`, {
      hint: 'see whether “podman images” works, and which store it uses with “podman info”',
    });
  }
  return parseStoreImages(result.stdout);
}

async function readFeatures(program: string): Promise<PodmanFeatures> {
  const [version, help] = await Promise.all([
    requireVersion('podman', program, oldestPodman),
    run(program, ['image', 'pull', '--help']),
  ]);
  return { version, pullFlags: parseFlags(help.stdout) };
}
