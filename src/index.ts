/**
 * The library: what the command line does, as functions. Each takes what it is to work on, a signal that stops it and
 * a function that is told what it does meanwhile; it returns what it found. What is wrong with a root, or went wrong
 * with an image, is part of the result; an operation that cannot work throws a BoundImagesError, and one that is
 * stopped the reason of its signal.
 */
import { basename, resolve } from 'node:path';
import { isLevel, isRuleId, type Level } from './check/settings.js';
import type { RuleId } from './diagnostic/rules.js';
import { BoundImagesError, isAboutHold } from './model/error.js';
import type { Observe } from './model/events.js';
import { type CheckInput, type CheckResult, check as checkOperation } from './operations/check.js';
import {
  checkDefaults,
  doctorDefaults,
  extractDefaults,
  gateDefaults,
  initDefaults,
  inspectDefaults,
  planDefaults,
  prefetchDefaults,
  pruneDefaults,
  pullDefaults,
  rootDefaults,
  stageDefaults,
  statusDefaults,
  storeDefaults,
} from './operations/defaults.js';
import { doctor as doctorOperation } from './operations/doctor.js';
import type { DoctorInput, DoctorReport } from './operations/doctor-report.js';
import { type ExtractInput, type ExtractResult, extract as extractOperation } from './operations/extract.js';
import { type GateInput, type GateResult, gate as gateOperation } from './operations/gate.js';
import { type InitInput, type InitResult, init as initOperation } from './operations/init.js';
import {
  checkNumbers,
  type PullingInput,
  type RootInput,
  type StateInput,
  type StoreInput,
} from './operations/inputs.js';
import { type InspectInput, type InspectResult, inspect as inspectOperation } from './operations/inspect.js';
import {
  type LinkPayloadsResult,
  linkPayloads as linkPayloadsOperation,
} from './operations/link-payloads.js';
import { type ListResult, list as listOperation } from './operations/list.js';
import { type PlanInput, type PlanResult, plan as planOperation } from './operations/plan.js';
import {
  type PrefetchInput,
  type PrefetchResult,
  prefetch as prefetchOperation,
} from './operations/prefetch.js';
import { type PruneInput, type PruneResult, prune as pruneOperation } from './operations/prune.js';
import { type PullInput, type PullResult, pull as pullOperation } from './operations/pull.js';
import { type StageInput, type StageResult, stage as stageOperation } from './operations/stage.js';
import { type StatusInput, type StatusReport, status as statusOperation } from './operations/status.js';
import { doctorPorts } from './ports/doctor.js';
import { namedPorts } from './ports/extract.js';
import { type GateSettings, gatePorts } from './ports/gate.js';
import { linkPayloadsPorts } from './ports/link-payloads.js';
import { planPorts } from './ports/plan.js';
import { prefetchPorts } from './ports/prefetch.js';
import { prunePorts } from './ports/prune.js';
import { pullPorts } from './ports/pull.js';
import { registriesOf } from './ports/registries.js';
import { stagePorts } from './ports/stage.js';
import { statusPorts } from './ports/status.js';
import { withTimeout } from './pull/time-limit.js';
import { removeLeftovers } from './pull/work-directory.js';

export type { OnlineImage, OnlinePlatform } from './check/online.js';
export type { Level } from './check/settings.js';
export type { Diagnostic } from './diagnostic/diagnostic.js';
export type { Place } from './diagnostic/place.js';
export type { Severity } from './diagnostic/rule.js';
export type { RuleId } from './diagnostic/rules.js';
export type { Fix } from './fix/plan-fixes.js';
export type { EntryLink, UnlinkedUnit } from './fix/plan-links.js';
export type { BoundImage, PullOptions } from './model/bound-image.js';
export type { Deployment, Holder } from './model/deployment.js';
export { BoundImagesError, type ErrorCode } from './model/error.js';
export type {
  CommandEvent,
  EndEvent,
  FindingsEvent,
  NoteEvent,
  Observe,
  OperationEvent,
  Origin,
  PlanEvent,
  ProgressEvent,
  PullEvent,
  RequestEvent,
  RetryEvent,
  StartEvent,
  SummaryEvent,
  WaitingEvent,
} from './model/events.js';
export { type Failure, type FailureCode, isTransient } from './model/failure.js';
export type { PullOutcome } from './model/outcome.js';
export { type RootPath, rootPath } from './model/path.js';
export type { Payload, PayloadSource } from './model/payload.js';
export type { PlannedImage, PlannedLayer, PullPolicy, StoredProblem } from './model/plan.js';
export type { Platform } from './model/platform.js';
export type { Reason } from './model/reason.js';
export type { Acceptance, Receipt, ReceiptError, ReceiptImage, ReceiptPayload } from './model/receipt.js';
export { parseReference, type Reference } from './model/reference/reference.js';
export type { AuthCandidate, ResolvedImage } from './model/resolved-image.js';
export type { StoreName } from './model/store-name.js';
export type { CheckResult } from './operations/check.js';
export type { DoctorLine, DoctorReport } from './operations/doctor-report.js';
export type { ExtractResult, ReadFrom } from './operations/extract.js';
export type { GateExamined, GateResult } from './operations/gate.js';
export type { InitResult } from './operations/init.js';
export type { Inspected, InspectedPlatform, InspectResult } from './operations/inspect.js';
export type { LinkPayloadsResult, PayloadLink } from './operations/link-payloads.js';
export type { ListResult } from './operations/list.js';
export type { OsImage } from './operations/os-image.js';
export type { PlanResult } from './operations/plan.js';
export type { PrefetchResult } from './operations/prefetch.js';
export type { PrunedImage, PrunedPart, PrunedPayloads, PruneResult } from './operations/prune.js';
export type { PullResult } from './operations/pull.js';
export type { Staged, StageResult } from './operations/stage.js';
export type { DeploymentStatus, LeaseStatus, StatusReport } from './operations/status.js';
export type { Taken } from './payloads/output.js';
export type { FileSystemSpace } from './plan/free-space.js';
export type { Presence } from './plan/presence.js';
export type { RootView } from './root/root-view.js';
export type { KeptPart } from './state/kept-parts.js';
export type { Lease } from './state/leases.js';
export type { PayloadOutcome, PayloadPresence, StoredDeployment } from './state/payloads.js';

/** How a run is watched and stopped. */
export interface Running {
  /** Stops it: what is in the store stays there. */
  readonly signal?: AbortSignal | undefined;
  /** Told what happens, in order. It returns at once and never throws. */
  readonly onEvent?: Observe | undefined;
  /** A limit for the whole run, in milliseconds; no registry gets more than a quarter of it to say what it has. */
  readonly timeout?: number | undefined;
}

/** What an operation takes, less what has a default. */
type WithDefaults<Input, Defaults> = Omit<Input, keyof Defaults | 'signal'> & {
  readonly [Key in keyof Defaults & keyof Input]?: Input[Key] | undefined;
};

export interface ListRequest extends WithDefaults<RootInput, typeof rootDefaults> {}

export interface CheckRequest
  extends WithDefaults<Omit<CheckInput, 'image' | 'labels' | 'settings'>, typeof checkDefaults>,
    Running {
  /** Warnings make a root invalid, too. */
  readonly strict?: boolean | undefined;
  /** How bad findings of a rule are to count. */
  readonly rules?: { readonly [Rule in RuleId]?: Level } | undefined;
}

export interface InitRequest extends WithDefaults<InitInput, typeof initDefaults> {}

export interface PlanRequest extends WithDefaults<PlanInput, typeof planDefaults>, Running {}

export interface PullRequest
  extends WithDefaults<PullInput & PullingInput & StateInput, typeof pullDefaults>,
    Running {}

export interface PrefetchRequest
  extends WithDefaults<PrefetchInput & PullingInput & StateInput, typeof prefetchDefaults>,
    Running {}

type ExtractSettings = StoreInput & Pick<PullingInput, 'limitRate'>;

export interface ExtractRequest
  extends WithDefaults<ExtractSettings & ExtractInput, typeof extractDefaults>,
    Running {}

export interface InspectRequest
  extends WithDefaults<StoreInput & InspectInput, typeof inspectDefaults>,
    Running {}

type StageSettings = Omit<RootInput, 'root'> & PullingInput & StateInput;

export interface StageRequest
  extends WithDefaults<StageSettings & Pick<StageInput, 'root'>, typeof stageDefaults>,
    Running {
  /** Images without which this deployment may boot, in an emergency. */
  readonly accept?: StageInput['accept'];
  /** Does not release what is complete: something else is to make it bootable. */
  readonly keepHold?: boolean | undefined;
}

export interface GateRequest extends WithDefaults<GateSettings & GateInput, typeof gateDefaults>, Running {}

type StatusSettings = Omit<RootInput, 'root'> & StoreInput & Pick<StateInput, 'stateDir'>;

export interface StatusRequest
  extends WithDefaults<StatusSettings & StatusInput, typeof statusDefaults>,
    Running {}

type PruneSettings = StoreInput & StateInput;

export interface PruneRequest
  extends WithDefaults<PruneSettings & PruneInput, typeof pruneDefaults>,
    Running {}

export interface LinkPayloadsRequest extends Pick<StateInput, 'stateDir'>, Pick<Running, 'onEvent'> {}

type DoctorSettings = StoreInput & Pick<StateInput, 'stateDir'>;

export interface DoctorRequest
  extends WithDefaults<DoctorSettings & DoctorInput, typeof doctorDefaults>,
    Running {}

/** Reads what a root binds, and how each image would be pulled. Offline. @throws BoundImagesError `usage`. */
export async function list(request: ListRequest): Promise<ListResult> {
  return await run<RootInput, ListResult>(request, rootDefaults, listOperation);
}

/**
 * Finds everything that is wrong with what a root binds. Asks registries with `online` and `fix` only, and changes
 * files with `fix` only.
 *
 * @throws BoundImagesError `usage`, `busy`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function check(request: CheckRequest): Promise<CheckResult> {
  const { strict = false, rules = {}, ...rest } = request;
  const levels = new Map(Object.entries(rules).map(([id, level]) => levelOf(id, level)));
  return await run<CheckInput, CheckResult>(rest, checkDefaults, (input, observe) => {
    const ports = { observe, ...registriesOf({ ...storeDefaults, ...input }, observe) };
    return checkOperation({ ...input, settings: { strict, levels } }, ports);
  });
}

/**
 * Finds the images that units of a root will want at boot and that nothing binds, and makes links that bind them. It
 * replaces nothing.
 *
 * @throws BoundImagesError `usage`, `busy`.
 */
export async function init(request: InitRequest): Promise<InitResult> {
  return await run<InitInput, InitResult>(request, initDefaults, (input) =>
    initOperation(input, { confirm: async () => true }),
  );
}

/**
 * Says what a pull would do, and whether it can. Nothing is pulled.
 *
 * @throws BoundImagesError `usage`, `store`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function plan(request: PlanRequest): Promise<PlanResult> {
  return await run<PlanInput, PlanResult>(request, planDefaults, (input, observe) =>
    planOperation(input, planPorts(input, observe)),
  );
}

/**
 * Pulls what a root binds and the store does not have, and proves that all is there.
 *
 * @throws BoundImagesError `usage`, `busy`, `store`, `state`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function pull(request: PullRequest): Promise<PullResult> {
  return await run<PullInput & PullingInput & StateInput, PullResult>(
    request,
    pullDefaults,
    (input, observe) => pullOperation(input, pullPorts(input, observe)),
  );
}

/**
 * Pulls what a coming OS image binds, before there is a deployment of it. Nothing is held; `prune` keeps the images for
 * some days.
 *
 * @throws BoundImagesError as `pull`.
 */
export async function prefetch(request: PrefetchRequest): Promise<PrefetchResult> {
  return await run<PrefetchInput & PullingInput & StateInput, PrefetchResult>(
    request,
    prefetchDefaults,
    (input, observe) => prefetchOperation(input, prefetchPorts(input, observe)),
  );
}

/**
 * Takes a file or directory out of an image, or a layer of an artifact as a file, into `output`, a path. It is read in
 * podman's storage if that has it, else in its registry, of which only the layers that are needed are fetched. What was
 * at `output` stays until all is there; a directory may be there if it is empty.
 *
 * @throws BoundImagesError `usage`, `store`, `store-busy`, `tool-missing`.
 */
export async function extract(request: ExtractRequest): Promise<ExtractResult> {
  return await run<ExtractSettings & ExtractInput, ExtractResult>(
    request,
    extractDefaults,
    (input, observe) => extractOperation(input, namedPorts(input, observe)),
  );
}

/**
 * Says what an image, an artifact or an index is: platforms, layers, annotations, labels, and which layers may be bound
 * as payloads. Nothing is fetched but manifests and the config.
 *
 * @throws BoundImagesError `usage`, `store`, `store-busy`, `tool-missing`.
 */
export async function inspect(request: InspectRequest): Promise<InspectResult> {
  return await run<StoreInput & InspectInput, InspectResult>(request, inspectDefaults, (input, observe) =>
    inspectOperation(input, namedPorts(input, observe)),
  );
}

/**
 * Holds the staged deployment, or the root that is named instead, until every image that it binds is there, and then
 * releases it, if it was not held before. However it ends: what it has held and not completed stays held.
 *
 * @throws BoundImagesError as `pull`, and `unsupported-host`; `deployment` and `busy` also when it could not be held.
 */
export async function stage(request: StageRequest = {}): Promise<StageResult> {
  const { keepHold = false, ...rest } = request;
  const command = keepHold ? { require: () => undefined } : undefined;
  removeLeftovers();
  return await run<StageSettings & StageInput, StageResult>(rest, stageDefaults, (input, observe) => {
    const { root, accept, signal, ...settings } = input;
    return stageOperation({ root, command, accept, signal }, stagePorts(settings, observe));
  });
}

/**
 * Whether every image of the staged deployment is there, or of the root that is named instead. Asks no registry and
 * pulls nothing.
 *
 * @throws BoundImagesError `unsupported-host`, `store`, `state`, `tool-missing`; `deployment` and `busy` also when it
 *   could not be held.
 */
export async function gate(request: GateRequest = {}): Promise<GateResult> {
  return await run<GateSettings & GateInput, GateResult>(request, gateDefaults, (input, observe) =>
    gateOperation(input, gatePorts(input, observe)),
  );
}

/**
 * The deployments of this host, with their images and how the last run went.
 *
 * @throws BoundImagesError `unsupported-host`, `deployment`, `store`, `tool-missing`.
 */
export async function status(request: StatusRequest = {}): Promise<StatusReport> {
  return await run<StatusSettings & StatusInput, StatusReport>(request, statusDefaults, (input, observe) =>
    statusOperation(input, statusPorts(input, observe)),
  );
}

/**
 * Removes what this tool pulled, no deployment binds and nothing uses. Once stopped it removes no more; what it has
 * removed is in the result.
 *
 * @throws BoundImagesError `unsupported-host`, `deployment`, `busy`, `store`, `state`, `tool-missing`, before anything
 *   was removed.
 */
export async function prune(request: PruneRequest = {}): Promise<PruneResult> {
  return await run<PruneSettings & PruneInput, PruneResult>(request, pruneDefaults, (input, observe) =>
    pruneOperation(input, prunePorts(input, observe)),
  );
}

/**
 * Links the payloads of the deployment that is running to /run/bound-images/payloads, and its extensions to where
 * systemd-sysext and systemd-confext look for them. For a service early at boot; asks no daemon.
 *
 * @throws BoundImagesError `state` when it is not known which payloads there are, or a link cannot be made.
 */
export async function linkPayloads(request: LinkPayloadsRequest = {}): Promise<LinkPayloadsResult> {
  return await run<LinkPayloadsRequest, LinkPayloadsResult>(request, {}, async (input, observe) =>
    linkPayloadsOperation(linkPayloadsPorts(input, observe)),
  );
}

/**
 * Whether this host is ready: tools, store, deployments, units and network. Changes nothing. What cannot be seen is a
 * line that says so.
 */
export async function doctor(request: DoctorRequest = {}): Promise<DoctorReport> {
  return await run<DoctorSettings & DoctorInput, DoctorReport>(request, doctorDefaults, (input, observe) =>
    doctorOperation(input, doctorPorts(input, observe)),
  );
}

/** Runs an operation on the request and its defaults. */
async function run<Input, Result>(
  request: Running & { readonly [Path in 'root' | 'storageRoot' | 'storageRunroot']?: string | undefined },
  defaults: Partial<Input>,
  operation: (input: Input & { readonly signal: AbortSignal }, observe: Observe) => Promise<Result>,
): Promise<Result> {
  checkNumbers(request);
  const given = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  // An observer that throws must end neither the process nor the watch of what is held.
  const broken = new AbortController();
  const observe: Observe = (event) => {
    if (broken.signal.aborted) return;
    try {
      request.onEvent?.(event);
    } catch (error) {
      broken.abort(error);
    }
  };
  const stop = AbortSignal.any([broken.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const signal = withTimeout(stop, request.timeout);
  // The arguments of a program that uses the library may hold a secret.
  const command = basename(process.argv[1] ?? process.execPath);
  // podman is started elsewhere, and relative paths are those of the caller.
  const { storageRoot, storageRunroot } = request;
  const store = {
    ...(storageRoot !== undefined && { storageRoot: resolve(storageRoot) }),
    ...(storageRunroot !== undefined && { storageRunroot: resolve(storageRunroot) }),
  };
  const said: object = { command, ...given, ...store, signal };
  try {
    const result = await operation(
      { ...defaults, ...said } as Input & { readonly signal: AbortSignal },
      observe,
    );
    broken.signal.throwIfAborted();
    return result;
  } catch (error) {
    // What a tool says that was stopped is no news.
    if (!isAboutHold(error)) signal.throwIfAborted();
    throw error;
  }
}

function levelOf(id: string, level: string | undefined): readonly [RuleId, Level] {
  if (isRuleId(id) && level !== undefined && isLevel(level)) return [id, level];
  throw new BoundImagesError('usage', `there is no rule “${id}”, or no level “${level}”`);
}
