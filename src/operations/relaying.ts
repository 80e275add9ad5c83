import { availableParallelism } from 'node:os';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Observe, Origin } from '../model/events.js';
import { isPulled, type PlannedImage, type PullPlan } from '../model/plan.js';
import { repositoryOf } from '../model/reference/image-name.js';
import type { RegistrySource } from '../model/registry-source.js';
import { attemptPull } from '../pull/attempt-pull.js';
import { beyondLimit, type Circumstances, needOf } from '../pull/need.js';
import type { PullPorts } from '../pull/pull.js';
import { pullList } from '../pull/pull-list.js';
import { systemTimer } from '../pull/system-timer.js';
import type { WorkDirectory } from '../pull/work-directory.js';
import { type PodmanConfiguration, privateConfiguration } from '../registries/private-configuration.js';
import { fitsRelay, relayConfiguration } from '../registries/relay-configuration.js';
import { readHostSignatures } from '../registries/signatures/host-signatures.js';
import { hostLookaside } from '../registries/signatures/lookaside.js';
import type { KeptParts } from '../state/kept-parts.js';
import { askedOnce } from '../text/asked-once.js';
import type { Podman } from '../tools/podman/podman.js';
import { partialPulls } from '../tools/podman/storage-conf.js';
import { isOlder } from '../tools/process/is-older.js';
import { openRelay } from '../tools/relay/open-relay.js';
import type { Relay, RelayObserver } from '../tools/relay/relay.js';
import type { LazyRegistries, OpenedRegistries } from './asking-registries.js';
import type { PullingInput } from './inputs.js';
import { noteOf } from './telling.js';

/** How the images of a plan are pulled. */
export interface Ways
  extends Pick<PullPorts, 'relay' | 'listen' | 'circumstances' | 'startLane' | 'onDirect'> {
  /** An image of the plan: one that cannot be pulled in the way that is left has failed. */
  readonly judge: (image: PlannedImage) => PlannedImage;
  /** Of how podman reaches registries by itself, where it does. */
  readonly findings: readonly Diagnostic[];
  readonly origins: () => readonly Origin[];
  readonly close: () => Promise<void>;
}

interface Run {
  readonly podman: Podman;
  readonly work: WorkDirectory;
  readonly registries: LazyRegistries;
  readonly parts: KeptParts;
  /** Blobs that are to stay among the parts. */
  readonly isHeld: (digest: string) => boolean;
  readonly observe: Observe;
  readonly signal: AbortSignal;
}

/**
 * Since then podman unpacks outside of the lock of the store, also podman 6: two need less time than one, and more than
 * there are processors do not help (`npm run bench:lanes`).
 */
const unpacksAtOnceSince = '5.8.0';
const fewLanes = 2;

/** How many podmans work at the same time. */
export async function lanesFor(
  podman: Podman,
  { concurrency }: PullingInput,
  signal: AbortSignal,
): Promise<number> {
  const isOld = isOlder(await podman.version(signal), unpacksAtOnceSince);
  return Math.min(concurrency, isOld ? fewLanes : Math.max(fewLanes, availableParallelism()));
}

/**
 * Opens the relay for what podman is to get through it, and says how podman is started.
 *
 * @throws BoundImagesError `tool-missing`, or an error of the file system
 */
export async function waysOf(plan: PullPlan, input: PullingInput, run: Run): Promise<Ways> {
  const { podman, work, registries, observe, signal } = run;
  const { redact } = registries;
  const pulled = plan.images.filter(isPulled);
  const ofRegistries = pulled.filter(({ resolved }) => resolved.image.reference.transport === 'docker');
  // Asked when the first image is pulled so.
  const own = askedOnce(async () => {
    const { access } = await registries.open();
    return await privateConfiguration(access, () => work.subdirectory(), { signal });
  });
  const relayed =
    input.direct || ofRegistries.length === 0
      ? directly(input.direct ? 'as it was asked for' : null)
      : await openRelayFor(ofRegistries, run);
  const circumstances: Omit<Circumstances, 'stored'> = {
    direct: relayed.why,
    fits: relayed.fits,
    partialPulls: partialPulls(),
    isLimited: input.limitRate !== undefined && !input.direct,
  };
  const whyDirect = (image: PlannedImage) => needOf(image, { ...circumstances, stored: new Set() }).why;
  const onDirect: Ways['onDirect'] = ({ resolved }, why) => {
    const text = `podman pulls ${resolved.image.reference.text} by itself: ${why}`;
    observe({ kind: 'note', level: 'detail', text });
  };
  const direct = ofRegistries.flatMap((image) => {
    const why = whyDirect(image);
    return why === null ? [] : [{ image, why }];
  });
  if (!circumstances.isLimited) for (const { image, why } of direct) onDirect(image, why);
  const findings = direct.length > 0 && !circumstances.isLimited ? (await own())?.findings : undefined;
  return {
    relay: relayed.relay,
    listen: relayed.listen,
    circumstances,
    onDirect,
    judge: (image) => {
      const why = circumstances.isLimited && isPulled(image) ? whyDirect(image) : null;
      return why === null ? image : { ...image, error: beyondLimit(why) };
    },
    findings: findings ?? [],
    startLane: (images, isDirect, onId, stop) => {
      const resolved = images.map((image) => image.resolved);
      const [first] = resolved;
      if (first === undefined) throw new Error('there is nothing to pull');
      if (!isDirect)
        return pullList(resolved, podman, work, { redact, configuration: relayed.configuration }, onId, stop);
      const isPath = first.image.reference.transport !== 'docker';
      return attemptPull(first, podman, work, redact, isPath ? async () => undefined : () => own(), stop);
    },
    origins: () => relayed.relay?.origins() ?? [],
    close: async () => relayed.relay?.close(),
  };
}

/** Of a run that pulls nothing. */
export const noWays: Ways = {
  relay: null,
  listen: () => undefined,
  circumstances: { direct: null, isLimited: false, fits: () => true, partialPulls: 'none' },
  judge: (image) => image,
  onDirect: () => undefined,
  findings: [],
  startLane: () => {
    throw new Error('there is nothing to pull');
  },
  origins: () => [],
  close: async () => undefined,
};

interface Relayed {
  readonly relay: Relay | null;
  readonly listen: (observer: RelayObserver) => void;
  readonly configuration: PodmanConfiguration | undefined;
  readonly fits: (name: string) => boolean;
  /** Why there is none; null also where nothing wants one. */
  readonly why: string | null;
}

function directly(why: string | null): Relayed {
  return { relay: null, listen: () => undefined, configuration: undefined, fits: () => true, why };
}

async function openRelayFor(
  images: readonly PlannedImage[],
  { podman, work, registries, parts, isHeld, observe, signal }: Run,
): Promise<Relayed> {
  const [opened, version] = await Promise.all([registries.open(), podman.version(signal)]);
  const sources = new Map<string, readonly RegistrySource[]>();
  const host = readHostSignatures({ version, env: process.env, uid: process.geteuid?.() ?? 0 });
  parts.make();
  let listener: RelayObserver | undefined;
  const relay = await openRelay({
    client: opened.client,
    directory: parts.directory,
    isHeld,
    timer: systemTimer,
    observer: {
      onAsked: (digest) => listener?.onAsked(digest),
      onArrived: (digest, received, size) => listener?.onArrived(digest, received, size),
      onPassed: (digest, bytes) => listener?.onPassed(digest, bytes),
    },
    lookaside: hostLookaside({
      signatures: host,
      files: opened.files,
      sourcesOf: (name) => sources.get(name) ?? [],
      signal,
      tell: ({ message }) => noteOf(observe, 'warning')(`a signature cannot be read: ${message}`),
    }),
  });
  if (!relay.isPrivileged) {
    const text = 'another user of this machine could take the port of this run, should it be killed';
    observe({ kind: 'note', level: 'detail', text });
  }
  const names = new Set(images.flatMap((image) => registriesOf(image, opened)));
  const configuration = await relayConfiguration(
    opened.access,
    relay,
    [...names],
    () => work.subdirectory(),
    { signatures: host, signal },
  );
  if ('kind' in configuration) {
    await relay.close();
    return directly(configuration.why);
  }
  const serve: Relay['serve'] = (image) => {
    sources.set(image.content.name, image.content.sources);
    relay.serve(image);
  };
  return {
    relay: { ...relay, serve },
    listen: (observer) => {
      listener = observer;
    },
    configuration,
    fits: (name) => fitsRelay(relay, name),
    why: null,
  };
}

/** The registries of all names in full that podman may ask for. */
function registriesOf({ resolved, content }: PlannedImage, { access }: OpenedRegistries): readonly string[] {
  const [candidate = { kind: 'own' } as const] = resolved.credentials;
  const sources = access.sources(resolved, candidate);
  const names = [
    ...(sources.ok ? sources.names.map(({ name }) => name) : []),
    ...(content ? [content.name] : []),
  ];
  return names.map((name) => repositoryOf(name).split('/', 1)[0] ?? '');
}
