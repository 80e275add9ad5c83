import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Redact } from '../../diagnostic/redact.js';
import type { BoundImage } from '../../model/bound-image.js';
import type { Failure } from '../../model/failure.js';
import type { Reference } from '../../model/reference/reference.js';
import type { ResolvedImage } from '../../model/resolved-image.js';
import type { StoreImage } from '../../model/store.js';
import { askedOnce } from '../../text/asked-once.js';
import { printable } from '../../text/printable.js';
import { requireProgram } from '../process/find-program.js';
import { isOlder } from '../process/is-older.js';
import { type RunResult, run, type Trace } from '../process/run.js';
import { requireNotOlder } from '../process/version.js';
import {
  artifactName,
  artifactsSince,
  indexedDigest,
  isWholeArtifact,
  knowsNoArtifacts,
  noSuchArtifact,
  parseArtifact,
} from './artifacts.js';
import { absent, questions } from './ask.js';
import { isStoreBusy } from './busy-store.js';
import { classify } from './classify.js';
import { type LayerStack, layoutPolicy, writeLayout } from './damaged-layers.js';
import { oldestPodman, type PodmanFeatures, parseFlags } from './features.js';
import { halfCommittedImage } from './half-committed.js';
import { type InspectedImage, inspecting, noSuchImage } from './inspected-image.js';
import { type OpenedImage, openImage } from './opened-image.js';
import { type PullFiles, pullCommand } from './pull-command.js';
import { pullEnvironment } from './pull-environment.js';
import type { ListFiles, ListRun, PodmanSettings, PullRun } from './pull-run.js';
import { preparationsFor, storeArguments } from './store.js';
import { parseStoreImages } from './store-images.js';
import { located, parseStoreInfo, type StoreInfo } from './store-info.js';
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
  /**
   * Every image of the store.
   * @throws BoundImagesError `store` when podman cannot read it, and `store-busy` when others keep it from that, as all
   *   that follow.
   */
  images(signal?: AbortSignal): Promise<readonly StoreImage[]>;
  /** An image, by a name or an ID; `undefined` where the store has none. @throws BoundImagesError `store`. */
  image(name: string, signal: AbortSignal): Promise<InspectedImage | undefined>;
  /** The files of an image. @throws BoundImagesError `tool-missing`; `store` when it cannot be mounted. */
  open(id: string, signal: AbortSignal): Promise<OpenedImage>;
  /** Where the store lies. Asked once. @throws BoundImagesError `store`. */
  info(signal?: AbortSignal): Promise<StoreInfo>;
  /** Its `graphRoot` on this host. Only podman knows which one it is by default. @throws BoundImagesError `store`. */
  graphRoot(signal: AbortSignal): Promise<string>;
  /**
   * The directory in which this program keeps what it remembers of the store: the `graphRoot`, if the store is not somebody
   * else's. @throws BoundImagesError `store`.
   */
  home(signal: AbortSignal): Promise<string>;
  /**
   * The digest of an artifact that the store has, with all its blobs, `algorithm:hex`.
   * @throws BoundImagesError `tool-too-old` when this podman knows no artifacts.
   */
  artifact(reference: Reference, signal: AbortSignal): Promise<string | undefined>;
  /** `N.N.N`, as `info` has it. @throws BoundImagesError `store`, `tool-too-old`. */
  version(signal?: AbortSignal): Promise<string>;
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
  /**
   * Removes layers of which no image is made, all that can be; `undefined` when podman has said no word against it.
   * `directory` is private, and empty.
   */
  removeLayers(stack: LayerStack, directory: string, signal: AbortSignal): Promise<Failure | undefined>;
  /** Takes names from an image, which stays. */
  untag(image: string, names: readonly string[], signal: AbortSignal): Promise<Failure | undefined>;
  /** Gives names to an image, also when the run is stopped: what has lost its names gets them back. */
  tag(image: string, names: readonly string[]): Promise<Failure | undefined>;
  /** One attempt to pull. */
  pull(image: ResolvedImage, files: PullFiles, options: PullRun): Promise<PullAttempt>;
  /**
   * One podman that pulls images one after the other, all of them with the options of the first, and says of each when
   * it is done. It goes on after a failure, and then has failed as a whole. How registries are reached is the
   * configuration's to say.
   */
  pullList(images: readonly ResolvedImage[], files: ListFiles, options: ListRun): Promise<PullAttempt>;
}

/** @throws BoundImagesError `tool-missing` when there is no such program. */
export function findPodman(
  program: string,
  { store, nice, layerConcurrency }: PodmanSettings,
  trace?: Trace,
): Podman {
  const path = requireProgram('podman', program);
  const ask = questions(path, store, trace);
  const features = askedOnce(async (signal): Promise<PodmanFeatures> => {
    const [known, pull] = await Promise.all([
      version(signal),
      run(path, ['image', 'pull', '--help'], { signal, trace }),
    ]);
    // What a podman that was stopped has not said is no missing option.
    signal?.throwIfAborted();
    return { version: known, pullFlags: parseFlags(pull.stdout) };
  });
  const change = async (args: readonly string[], signal: AbortSignal) => {
    const result = await run(path, [...storeArguments(store), ...args], {
      signal,
      trace,
      mounts: preparationsFor(store),
    });
    return result.exitCode === 0 ? undefined : classify(result.stderr);
  };
  /** A container may end and be gone before it is inspected. */
  const lookAtContainers = async (signal: AbortSignal) => {
    for (let attempt = 1; ; attempt += 1) {
      const list = ['ps', '--all', '--external', '--format', 'json'];
      const listing = { args: list, what: 'list its containers', parse: parseContainers };
      const { imageIds, mounting } = await ask(listing, signal);
      if (mounting.length === 0) return { imageIds, mountedImages: [] };
      const args = ['container', 'inspect', '--format', 'json', '--', ...mounting];
      const inspecting = { args, what: 'inspect its containers', parse: parseMountedImages };
      try {
        return { imageIds, mountedImages: await ask(inspecting, signal) };
      } catch (error) {
        if (signal.aborted || isStoreBusy(error) || attempt === containerAttempts) throw error;
      }
    }
  };
  /** As podman resolves it; `undefined` for one that the store does not have. */
  const idOf = (image: string, signal: AbortSignal) => {
    const question = {
      args: ['image', 'inspect', '--format', '{{.Id}}', '--', image],
      what: 'tell which image a container mounts',
      parse: (stdout: string) => stdout.trim(),
      hint: `see what “podman image inspect ${printable(image)}” says`,
    };
    return ask(question, signal).catch((error: unknown) => absent(error, noSuchImage));
  };
  const info = askedOnce((signal) => {
    const args = ['info', '--format', 'json'];
    const parse = (stdout: string) => located(parseStoreInfo(stdout), store);
    const question = { args, what: 'say where its store is', parse };
    // podman also asks rpm or dpkg for the packages of its helpers, which takes five times as long as all the rest;
    // without a PATH it finds neither. What root's podman needs of itself it has by path.
    if (!isRoot()) return ask(question, signal);
    return ask({ ...question, env: { PATH: noPath } }, signal).catch((error: unknown) => {
      if (signal?.aborted || isStoreBusy(error)) throw error;
      return ask(question, signal);
    });
  });
  const { root, elsewhere } = store;
  const graphRoot = async (signal: AbortSignal) =>
    elsewhere?.directory ?? root ?? (await info(signal)).graphRoot;
  const version = async (signal?: AbortSignal) => {
    const { version: known } = await info(signal);
    return requireNotOlder('podman', path, oldestPodman, known);
  };
  const pullArguments = async (image: ResolvedImage, files: PullFiles, signal: AbortSignal) =>
    pullCommand(store, image, files, await features(signal));
  const start = async (
    image: ResolvedImage,
    args: readonly string[],
    options: PullRun & Partial<ListRun>,
    cwd?: string,
  ): Promise<PullAttempt> => {
    const { signal, onStart, onPulled, redact, configuration } = options;
    const environment = pullEnvironment(image, await features(signal), options, { layerConcurrency });
    const result = await run(path, args, {
      env: { ...configuration?.env, ...environment },
      cwd,
      mounts: [...preparationsFor(store), ...(configuration?.mounts ?? [])],
      signal,
      trace,
      nice,
      onStart,
      onOutput: onPulled && eachLine(onPulled),
    });
    const stderr = configuration?.translate(result.stderr) ?? result.stderr;
    return judgePull({ ...result, stderr }, image.image.kind, redact);
  };
  return {
    images: (signal) => {
      const list = (...flags: readonly string[]) => {
        const args = ['images', ...flags, '--no-trunc', '--format', 'json'];
        return ask({ args, what: 'list its images', parse: parseStoreImages }, signal);
      };
      // A podman that was killed while it committed an image may leave one without a manifest, over which a list
      // of all images fails until it is pulled again. Without --all podman filters: that leaves it out (libimage
      // filters.go, `applyFilters`), and unnamed images which others are based on.
      return list('--all').catch((error: unknown) => {
        if (halfCommittedImage(error) === undefined) throw error;
        return list();
      });
    },
    image: (name, signal) =>
      ask(inspecting(name), signal).catch((error: unknown) => absent(error, noSuchImage)),
    open: async (id, signal) => {
      return await openImage(path, store, id, signal, trace);
    },
    info,
    graphRoot,
    home: async (signal) => elsewhere?.home ?? (await graphRoot(signal)),
    artifact: async (reference, signal) => {
      const known = await version(signal);
      if (isOlder(known, artifactsSince)) throw knowsNoArtifacts(reference, path, known);
      const name = artifactName(reference);
      const question = {
        args: ['artifact', 'inspect', '--', name],
        what: 'look for an artifact',
        parse: parseArtifact,
        hint: `see what “podman artifact inspect ${printable(name)}” says`,
      };
      const artifact = await ask(question, signal).catch((error: unknown) => absent(error, noSuchArtifact));
      if (artifact === undefined) return undefined;
      const found = await info(signal);
      return isWholeArtifact(found, artifact) ? (indexedDigest(found, name) ?? artifact.digest) : undefined;
    },
    version,
    features,
    usedImages: async (signal) => {
      const { imageIds, mountedImages } = await lookAtContainers(signal);
      const ids = await Promise.all(mountedImages.map((image) => idOf(image, signal)));
      // In a rootless podman whatever is mounted is so for the processes of a “podman unshare” only.
      const args = ['image', 'mount', '--format', 'json'];
      const mounts = { args, what: 'list mounted images', parse: parseImageMounts };
      const open = isRoot() ? await ask(mounts, signal) : [];
      return new Set([...imageIds, ...ids.flatMap((id) => id ?? []), ...open]);
    },
    remove: (image, signal) => change(['image', 'rm', '--', image], signal),
    removeLayers: async (stack, directory, signal) => {
      // podman 4.3 names the image after the directory, and no name has capital letters.
      const name = `bound-images-${randomBytes(6).toString('hex')}`;
      writeLayout(join(directory, name), stack);
      const policy = join(directory, 'policy.json');
      writeFileSync(policy, layoutPolicy);
      const args = ['image', 'pull', '--quiet', `--signature-policy=${policy}`, '--', `oci:${name}`];
      const env = { TMPDIR: directory };
      const made = await run(path, [...storeArguments(store), ...args], {
        cwd: directory,
        env,
        signal,
        trace,
        mounts: preparationsFor(store),
      });
      const [id] = /^[0-9a-f]{64}$/m.exec(made.stdout) ?? [];
      if (id === undefined) return classify(made.stderr);
      // Also when the run is stopped: nobody else would remove it.
      return await change(['image', 'rm', '--', id], AbortSignal.timeout(tagMs));
    },
    untag: (image, names, signal) => change(['image', 'untag', '--', image, ...names], signal),
    tag: (image, names) => change(['image', 'tag', '--', image, ...names], AbortSignal.timeout(tagMs)),
    pull: async (image, files, options) =>
      await start(
        image,
        await pullArguments(image, files, options.signal),
        options,
        files.archive?.directory,
      ),
    pullList: async (images, { decryptionKey }, options) => {
      const [first] = images;
      if (first === undefined) throw new Error('there is nothing to pull');
      const files = { authfile: undefined, certDir: undefined, decryptionKey };
      const { image } = first;
      const reached = {
        ...image,
        options: { ...image.options, tlsVerify: undefined, allTags: undefined },
      };
      const args = await pullArguments({ ...first, image: reached }, files, options.signal);
      const others = images.slice(1).map(({ image: { reference } }) => reference.text);
      return await start(first, [...args, ...others], options);
    },
  };
}

/** Calls back with each ID that podman prints, each on a line of its own. */
function eachLine(onPulled: (id: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (idPattern.test(line)) onPulled(line);
  };
}

const idPattern = /^[0-9a-f]{64}$/;

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
