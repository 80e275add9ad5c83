/**
 * The library: what the command line does, as functions. Each takes what it is to work on, a signal that stops it and
 * a function that is told what it does meanwhile; it returns what it found. What is wrong with a root, or went wrong
 * with an image, is part of the result; an operation that cannot work throws a BoundImagesError, and one that is
 * stopped the reason of its signal.
 */
import type { Level } from './check/settings.js';
import { gatePorts } from './cli/ports/gate.js';
import { prunePorts } from './cli/ports/prune.js';
import { stagePorts } from './cli/ports/stage.js';
import { statusPorts } from './cli/ports/status.js';
import type { RuleId } from './diagnostic/rules.js';
import { BoundImagesError } from './model/error.js';
import type { Observe } from './model/events.js';
import { type CheckInput, type CheckResult, check as checkOperation } from './operations/check.js';
import {
  checkDefaults,
  gateDefaults,
  planDefaults,
  pruneDefaults,
  pullDefaults,
  rootDefaults,
  stageDefaults,
  statusDefaults,
} from './operations/defaults.js';
import { type GateInput, type GateResult, gate as gateOperation } from './operations/gate.js';
import type { ProofInput, PullingInput, RootInput, StateInput, StoreInput } from './operations/inputs.js';
import { type ListResult, list as listOperation } from './operations/list.js';
import { type PlanInput, type PlanResult, plan as planOperation } from './operations/plan.js';
import { type PruneInput, type PruneResult, prune as pruneOperation } from './operations/prune.js';
import { type PullInput, type PullResult, pull as pullOperation } from './operations/pull.js';
import { type StageInput, type StageResult, stage as stageOperation } from './operations/stage.js';
import { type StatusInput, type StatusReport, status as statusOperation } from './operations/status.js';
import { withTimeout } from './pull/time-limit.js';
import { removeLeftovers } from './pull/work-directory.js';

export type { OnlineImage, OnlinePlatform } from './check/online.js';
export type { Level } from './check/settings.js';
export type { Diagnostic } from './diagnostic/diagnostic.js';
export type { Place } from './diagnostic/place.js';
export type { Severity } from './diagnostic/rule.js';
export type { RuleId } from './diagnostic/rules.js';
export type { Fix } from './fix/plan-fixes.js';
export type { BoundImage, PullOptions } from './model/bound-image.js';
export type { Deployment, Holder } from './model/deployment.js';
export { BoundImagesError, type ErrorCode } from './model/error.js';
export type {
  CommandEvent,
  FindingsEvent,
  NoteEvent,
  Observe,
  OperationEvent,
  PullEvent,
} from './model/events.js';
export { type Failure, type FailureCode, isTransient } from './model/failure.js';
export type { PullOutcome } from './model/outcome.js';
export { type RootPath, rootPath } from './model/path.js';
export type { PlannedImage, PlannedLayer, PullPolicy } from './model/plan.js';
export type { Platform } from './model/platform.js';
export type { Reason } from './model/reason.js';
export type { Receipt } from './model/receipt.js';
export { parseReference, type Reference } from './model/reference/reference.js';
export type { AuthCandidate, ResolvedImage } from './model/resolved-image.js';
export type { CheckResult } from './operations/check.js';
export type { GateExamined, GateResult } from './operations/gate.js';
export type { ListResult } from './operations/list.js';
export type { PlanResult } from './operations/plan.js';
export type { PrunedImage, PruneResult } from './operations/prune.js';
export type { PullResult } from './operations/pull.js';
export type { Staged, StageResult } from './operations/stage.js';
export type { DeploymentStatus, StatusReport } from './operations/status.js';
export type { FileSystemSpace } from './plan/free-space.js';
export type { Presence } from './plan/presence.js';
export type { RootView } from './root/root-view.js';

/** How a run is watched and stopped. */
export interface Running {
  /** Stops it: what is in the store stays there. */
  readonly signal?: AbortSignal | undefined;
  /** Told what happens, in order. It returns at once and never throws. */
  readonly onEvent?: Observe | undefined;
}

/** The same for what asks no registry. */
export interface Limited extends Running {
  /** A limit for the whole run, in milliseconds. */
  readonly timeout?: number | undefined;
}

/** What an operation takes, less what has a default. */
type Request<Input, Defaults> = Omit<Input, keyof Defaults | 'signal'> & {
  readonly [Key in keyof Defaults & keyof Input]?: Input[Key] | undefined;
};

export interface ListRequest extends Request<RootInput, typeof rootDefaults> {}

export interface CheckRequest
  extends Request<Omit<CheckInput, 'image' | 'settings'>, typeof checkDefaults>,
    Running {
  /** Warnings make a root invalid, too. */
  readonly strict?: boolean | undefined;
  /** How bad findings of a rule are to count. */
  readonly rules?: { readonly [Rule in RuleId]?: Level } | undefined;
}

export interface PlanRequest extends Request<PlanInput, typeof planDefaults>, Running {}

export interface PullRequest extends Request<PullInput, typeof pullDefaults>, Running {}

type StageSettings = Omit<RootInput, 'root'> & PullingInput & StateInput;

export interface StageRequest
  extends Request<StageSettings & Pick<StageInput, 'root'>, typeof stageDefaults>,
    Running {
  /** Does not release what is complete: something else is to make it bootable. */
  readonly keepHold?: boolean | undefined;
}

type GateSettings = Omit<RootInput, 'root'> & StoreInput & ProofInput & Pick<StateInput, 'stateDir'>;

export interface GateRequest extends Request<GateSettings & GateInput, typeof gateDefaults>, Limited {}

type StatusSettings = Omit<RootInput, 'root'> & StoreInput & Pick<StateInput, 'stateDir'>;

export interface StatusRequest
  extends Request<StatusSettings & StatusInput, typeof statusDefaults>,
    Limited {}

type PruneSettings = StoreInput & StateInput;

export interface PruneRequest extends Request<PruneSettings & PruneInput, typeof pruneDefaults>, Limited {}

/** Reads what a root binds, and how each image would be pulled. Offline. @throws BoundImagesError `usage`. */
export async function list(request: ListRequest): Promise<ListResult> {
  return await listOperation(inputOf<RootInput>(request, rootDefaults));
}

/**
 * Finds everything that is wrong with what a root binds. Asks registries with `online` and `fix` only, and changes
 * files with `fix` only.
 *
 * @throws BoundImagesError `usage`, `busy`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function check(request: CheckRequest): Promise<CheckResult> {
  const { strict = false, rules = {} } = request;
  const settings = { strict, levels: new Map(Object.entries(rules) as [RuleId, Level][]) };
  const input = { ...inputOf<CheckInput>(request, checkDefaults), settings };
  return await unlessStopped(input, checkOperation(input, portsOf(request)));
}

/**
 * Says what a pull would do, and whether it can. Nothing is pulled.
 *
 * @throws BoundImagesError `usage`, `store`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function plan(request: PlanRequest): Promise<PlanResult> {
  const input = inputOf<PlanInput>(request, planDefaults);
  return await unlessStopped(input, planOperation(input, portsOf(request)));
}

/**
 * Pulls what a root binds and the store does not have, and proves that all is there.
 *
 * @throws BoundImagesError `usage`, `busy`, `store`, `state`, `tool-missing`, `tool-too-old`, `temporary-files`.
 */
export async function pull(request: PullRequest): Promise<PullResult> {
  const input = inputOf<PullInput>(request, pullDefaults);
  return await unlessStopped(input, pullOperation(input, portsOf(request)));
}

/**
 * Holds the staged deployment, or the root that is named instead, until every image that it binds is there, and then
 * releases it, if it was not held before. However it ends: what it has held and not completed stays held.
 *
 * @throws BoundImagesError as `pull`, and `unsupported-host`; `deployment` and `busy` also when it could not be held.
 */
export async function stage(request: StageRequest = {}): Promise<StageResult> {
  const { root, keepHold = false } = request;
  const { signal, ...settings } = inputOf<StageSettings & StageInput>(request, stageDefaults);
  removeLeftovers();
  const command = keepHold ? { require: () => undefined } : undefined;
  const { observe } = portsOf(request);
  const run = stageOperation({ root, command, signal }, stagePorts(settings, observe));
  return await unlessStopped({ signal }, run);
}

/**
 * Whether every image of the staged deployment is there, or of the root that is named instead. Asks no registry and
 * pulls nothing.
 *
 * @throws BoundImagesError `unsupported-host`, `store`, `state`, `tool-missing`; `deployment` and `busy` also when it
 *   could not be held.
 */
export async function gate(request: GateRequest = {}): Promise<GateResult> {
  const input = inputOf<GateSettings & GateInput>(request, gateDefaults);
  return await unlessStopped(input, gateOperation(input, gatePorts(input, portsOf(request).observe)));
}

/**
 * The deployments of this host, with their images and how the last run went.
 *
 * @throws BoundImagesError `unsupported-host`, `deployment`, `store`, `tool-missing`.
 */
export async function status(request: StatusRequest = {}): Promise<StatusReport> {
  const input = inputOf<StatusSettings & StatusInput>(request, statusDefaults);
  return await unlessStopped(input, statusOperation(input, statusPorts(input, portsOf(request).observe)));
}

/**
 * Removes what this tool pulled, no deployment binds and nothing uses. Once stopped it removes no more; what it has
 * removed is in the result.
 *
 * @throws BoundImagesError `unsupported-host`, `deployment`, `busy`, `store`, `state`, `tool-missing`, before anything
 *   was removed.
 */
export async function prune(request: PruneRequest = {}): Promise<PruneResult> {
  const input = inputOf<PruneSettings & PruneInput>(request, pruneDefaults);
  return await unlessStopped(input, pruneOperation(input, prunePorts(input, portsOf(request).observe)));
}

/** The request, which has the type for it, with what it leaves open. */
function inputOf<Input>(
  request: Limited & { readonly root?: string | undefined },
  defaults: Partial<Input>,
): Input {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const signal = withTimeout(request.signal ?? new AbortController().signal, request.timeout);
  return { ...defaults, ...Object.fromEntries(given), signal } as Input;
}

function portsOf({ onEvent = () => undefined }: Running): { readonly observe: Observe } {
  return { observe: onEvent };
}

/** What a tool says that was stopped is no news; that a deployment could not be held is. */
async function unlessStopped<T>({ signal }: { readonly signal: AbortSignal }, run: Promise<T>): Promise<T> {
  return await run.catch((error: unknown) => {
    const isAboutHost =
      error instanceof BoundImagesError && (error.code === 'deployment' || error.code === 'busy');
    if (!isAboutHost) signal.throwIfAborted();
    throw error;
  });
}
