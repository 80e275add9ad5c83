import { BoundImagesError } from '../error.js';
import { requireProgram } from '../process/find-program.js';
import { type RunOptions, type RunResult, run, type Trace } from '../process/run.js';
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
  /** Asked once. @throws BoundImagesError `tool-too-old`. */
  features(signal: AbortSignal): Promise<PodmanFeatures>;
  /** One attempt to pull. Blobs arrive in `directory`, which is this pull's own. */
  pull(image: ResolvedImage, files: PullFiles, directory: string, signal: AbortSignal): Promise<PullAttempt>;
}

/** @throws BoundImagesError `tool-missing` when there is no such program. */
export function findPodman(program: string, store: Store, trace?: Trace): Podman {
  const path = requireProgram('podman', program);
  let known: Promise<PodmanFeatures> | undefined;
  const features = (signal: AbortSignal) => {
    known ??= readFeatures(path, { signal, trace });
    return known;
  };
  return {
    images: (signal) => readImages(path, store, { signal, trace }),
    features,
    pull: async (image, files, directory, signal) => {
      const args = pullCommand(store, image, files, await features(signal));
      return judgePull(await run(path, args, { env: { TMPDIR: directory }, signal, trace }));
    },
  };
}

function judgePull(result: RunResult): PullAttempt {
  if (result.stopped) return { kind: 'stopped' };
  const ids = result.stdout.match(/^[0-9a-f]{64}$/gm) ?? [];
  if (result.exitCode === 0 && ids.length > 0) return { kind: 'pulled', ids };
  if (result.exitCode !== 0 && result.signal === null) {
    return { kind: 'failed', failure: classify(result.stderr) };
  }
  // Before 5.3 podman exits with 0 when TERM ends it; a signal that is not ours may be the OOM killer's.
  const message = `podman ended early: ${result.signal ?? 'without an image'}`;
  return { kind: 'failed', failure: { code: 'stopped-early', kind: 'transient', message } };
}

async function readImages(
  program: string,
  store: Store,
  options: Pick<RunOptions, 'signal' | 'trace'>,
): Promise<readonly StoreImage[]> {
  const args = [...storeArguments(store), 'images', '--all', '--no-trunc', '--format', 'json'];
  const result = await run(program, args, options);
  if (result.exitCode !== 0) {
    throw new BoundImagesError('store', `podman cannot list its images: ${classify(result.stderr).message}`, {
      hint: 'see whether “podman images” works, and which store it uses with “podman info”',
    });
  }
  try {
    return parseStoreImages(result.stdout);
  } catch (cause) {
    throw new BoundImagesError('store', `${program} lists its images in a form that is not podman’s`, {
      hint: 'see what “podman images --format json” prints',
      cause,
    });
  }
}

async function readFeatures(
  program: string,
  options: Pick<RunOptions, 'signal' | 'trace'>,
): Promise<PodmanFeatures> {
  const [version, global, pull] = await Promise.all([
    requireVersion('podman', program, oldestPodman, options),
    run(program, ['--help'], options),
    run(program, ['image', 'pull', '--help'], options),
  ]);
  return { version, globalFlags: parseFlags(global.stdout), pullFlags: parseFlags(pull.stdout) };
}
