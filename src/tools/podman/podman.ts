import type { Redact } from '../../diagnostic/redact.js';
import type { BoundImage } from '../../model/bound-image.js';
import { BoundImagesError } from '../../model/error.js';
import type { Failure } from '../../model/failure.js';
import type { Reference } from '../../model/reference/reference.js';
import type { ResolvedImage } from '../../model/resolved-image.js';
import type { StoreImage } from '../../model/store.js';
import { printable } from '../../text/printable.js';
import { requireProgram } from '../process/find-program.js';
import { type RunResult, run, type Trace } from '../process/run.js';
import { isOlder, requireVersion } from '../process/version.js';
import {
  artifactName,
  artifactsSince,
  isWholeArtifact,
  knowsNoArtifacts,
  parseArtifact,
} from './artifacts.js';
import { classify } from './classify.js';
import { oldestPodman, type PodmanFeatures, parseFlags } from './features.js';
import { halfCommittedImage } from './half-committed.js';
import { type PullFiles, pullCommand } from './pull-command.js';
import { pullEnvironment } from './pull-environment.js';
import type { PodmanSettings, PullRun } from './pull-run.js';
import { storeArguments } from './store.js';
import { parseStoreImages } from './store-images.js';
import { parseStoreInfo, type StoreInfo } from './store-info.js';
import { parseContainers, parseImageMounts, parseMountedImages } from './used-images.js';

const containerAttempts = 3;
/** However long podman waits for the lock of the store. */
const tagMs = 60_000;

export type PullAttempt =
  | { readonly kind: 'pulled'; readonly ids: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' };

/** podman, working on one store. Each call is one process; all can be stopped with the signal. */
export interface Podman {
  /** Every image of the store. @throws BoundImagesError `store` when podman cannot read it. */
  images(signal?: AbortSignal): Promise<readonly StoreImage[]>;
  /** Where the store lies. Asked once. @throws BoundImagesError `store`. */
  info(signal?: AbortSignal): Promise<StoreInfo>;
  /**
   * The digest of an artifact that the store has, with all its blobs, `algorithm:hex`.
   * @throws BoundImagesError `tool-too-old` when this podman knows no artifacts.
   */
  artifact(reference: Reference, signal: AbortSignal): Promise<string | undefined>;
  /** Asked once. @throws BoundImagesError `tool-too-old`. */
  features(signal: AbortSignal): Promise<PodmanFeatures>;
  /**
   * IDs of the images that containers are made from or mount, those of other programs than podman and of running
   * builds included, and of those that are mounted by themselves.
   * @throws BoundImagesError `store` when it cannot be told for certain.
   */
  usedImages(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** Removes an image that no container uses; `undefined` when it is gone. Names that are not given keep it. */
  remove(image: string, signal: AbortSignal): Promise<Failure | undefined>;
  /** Takes names from an image, which stays. */
  untag(image: string, names: readonly string[], signal: AbortSignal): Promise<Failure | undefined>;
  /** Gives names to an image, also when the run is stopped: what has lost its names gets them back. */
  tag(image: string, names: readonly string[]): Promise<Failure | undefined>;
  /** One attempt to pull. */
  pull(image: ResolvedImage, files: PullFiles, options: PullRun): Promise<PullAttempt>;
}

/** @throws BoundImagesError `tool-missing` when there is no such program. */
export function findPodman(
  program: string,
  { store, nice, layerConcurrency }: PodmanSettings,
  trace?: Trace,
): Podman {
  const path = requireProgram('podman', program);
  const features = askedOnce((signal: AbortSignal) => readFeatures(path, { signal, trace }));
  const ask: Question = async (args, what, parse, signal, env = {}) => {
    const result = await run(path, [...storeArguments(store), ...args], { env, signal, trace });
    if (result.exitCode !== 0) {
      const { message } = classify(result.stderr);
      const broken = halfCommittedImage(message);
      throw new BoundImagesError('store', `podman cannot ${what}: ${message}`, {
        hint:
          broken === undefined
            ? 'see whether “podman images” works, and which store it uses with “podman info”'
            : `a pull that was killed has left this image behind: remove it with “podman image rm ${broken}”`,
      });
    }
    try {
      return parse(result.stdout);
    } catch (cause) {
      throw new BoundImagesError('store', `what ${path} prints to ${what} is not podman’s`, {
        hint: `see what “podman ${args.join(' ')}” prints`,
        cause,
      });
    }
  };
  const change = async (args: readonly string[], signal: AbortSignal) => {
    const result = await run(path, [...storeArguments(store), ...args], { signal, trace });
    return result.exitCode === 0 ? undefined : classify(result.stderr);
  };
  /** A container may end and be gone before it is inspected. */
  const lookAtContainers = async (signal: AbortSignal) => {
    for (let attempt = 1; ; attempt += 1) {
      const list = ['ps', '--all', '--external', '--format', 'json'];
      const { imageIds, mounting } = await ask(list, 'list its containers', parseContainers, signal);
      if (mounting.length === 0) return { imageIds, mountedImages: [] };
      const inspect = ['container', 'inspect', '--format', 'json', '--', ...mounting];
      try {
        const mountedImages = await ask(inspect, 'inspect its containers', parseMountedImages, signal);
        return { imageIds, mountedImages };
      } catch (error) {
        if (signal.aborted || attempt === containerAttempts) throw error;
      }
    }
  };
  /** As podman resolves it; `undefined` for one that the store does not have. */
  const idOf = async (image: string, signal: AbortSignal) => {
    const args = ['image', 'inspect', '--format', '{{.Id}}', '--', image];
    const result = await run(path, [...storeArguments(store), ...args], { signal, trace });
    if (result.exitCode === 0) return result.stdout.trim();
    if (/image not known/.test(result.stderr)) return undefined;
    throw new BoundImagesError(
      'store',
      `podman cannot tell which image a container mounts: ${classify(result.stderr).message}`,
      { hint: `see what “podman image inspect ${printable(image)}” says` },
    );
  };
  const info = askedOnce((signal: AbortSignal | undefined) => {
    const askInfo = (env?: Readonly<Record<string, string>>) =>
      ask(['info', '--format', 'json'], 'say where its store is', parseStoreInfo, signal, env);
    // podman also asks rpm or dpkg for the packages of its helpers, which takes five times as long as all the rest;
    // without a PATH it finds neither. What root's podman needs of itself it has by path.
    return isRoot() ? askInfo({ PATH: noPath }).catch(() => askInfo()) : askInfo();
  });
  return {
    images: (signal) => {
      const list = (...flags: readonly string[]) =>
        ask(
          ['images', ...flags, '--no-trunc', '--format', 'json'],
          'list its images',
          parseStoreImages,
          signal,
        );
      // A podman that was killed while it committed an image may leave one without a manifest, over which a list
      // of all images fails until it is pulled again (see also halfCommittedImage). Without --all podman filters: that leaves it out (libimage
      // filters.go, `applyFilters`), and unnamed images which others are based on.
      return list('--all').catch(() => list());
    },
    info,
    artifact: async (reference, signal) => {
      const { version } = await features(signal);
      if (isOlder(version, artifactsSince)) throw knowsNoArtifacts(reference, path, version);
      const args = ['artifact', 'inspect', '--', artifactName(reference)];
      const result = await run(path, [...storeArguments(store), ...args], { signal, trace });
      const artifact = result.exitCode === 0 ? parseArtifact(result.stdout) : undefined;
      return artifact && isWholeArtifact(await info(signal), artifact) ? artifact.digest : undefined;
    },
    features,
    usedImages: async (signal) => {
      const { imageIds, mountedImages } = await lookAtContainers(signal);
      const ids = await Promise.all(mountedImages.map((image) => idOf(image, signal)));
      // In a rootless podman whatever is mounted is so for the processes of a “podman unshare” only.
      const args = ['image', 'mount', '--format', 'json'];
      const open = isRoot() ? await ask(args, 'list mounted images', parseImageMounts, signal) : [];
      return new Set([...imageIds, ...ids.flatMap((id) => id ?? []), ...open]);
    },
    remove: (image, signal) => change(['image', 'rm', '--', image], signal),
    untag: (image, names, signal) => change(['image', 'untag', '--', image, ...names], signal),
    tag: (image, names) => change(['image', 'tag', '--', image, ...names], AbortSignal.timeout(tagMs)),
    pull: async (image, files, options) => {
      const { signal, onStart, redact } = options;
      const known = await features(signal);
      const args = pullCommand(store, image, files, known);
      const env = pullEnvironment(image, known, options, { layerConcurrency });
      const cwd = files.archive?.directory;
      const result = await run(path, args, { env, cwd, signal, trace, nice, onStart });
      return judgePull(result, image.image.kind, redact);
    },
  };
}

type Question = <T>(
  args: readonly string[],
  what: string,
  parse: (stdout: string) => T,
  signal: AbortSignal | undefined,
  env?: Readonly<Record<string, string>>,
) => Promise<T>;

/** Keeps the answer, but no failure: a question that was stopped is asked again. */
function askedOnce<S, T>(ask: (signal: S) => Promise<T>): (signal: S) => Promise<T> {
  let known: Promise<T> | undefined;
  return (signal) => {
    known ??= ask(signal).catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

const noPath = '/nonexistent';

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function judgePull(result: RunResult, kind: BoundImage['kind'], redact: Redact): PullAttempt {
  if (result.stopped) return { kind: 'stopped' };
  const ids = result.stdout.match(/^[0-9a-f]{64}$/gm) ?? [];
  // Of an artifact podman prints nothing.
  const isNamed = kind === 'artifact' || ids.length > 0;
  if (result.exitCode === 0 && isNamed) return { kind: 'pulled', ids };
  if (result.exitCode !== 0 && result.signal === null) {
    return { kind: 'failed', failure: classify(result.stderr, redact) };
  }
  // Before 5.3 podman exits with 0 when TERM ends it; a signal that is not ours may be the OOM killer's.
  const message = `podman ended early: ${result.signal ?? 'without an image'}`;
  return { kind: 'failed', failure: { code: 'stopped-early', kind: 'transient', message, hint: null } };
}

async function readFeatures(
  program: string,
  options: { readonly signal: AbortSignal; readonly trace: Trace | undefined },
): Promise<PodmanFeatures> {
  const [version, pull] = await Promise.all([
    requireVersion('podman', program, oldestPodman, options),
    run(program, ['image', 'pull', '--help'], options),
  ]);
  // What a podman that was stopped has not said is no missing option.
  options.signal.throwIfAborted();
  return { version, pullFlags: parseFlags(pull.stdout) };
}
