/**
 * The library: what the command line does, as functions. Each takes what it is to work on, a signal that stops it and
 * a function that is told what it does meanwhile; it returns what it found. What is wrong with a root, or went wrong
 * with an image, is part of the result; an operation that cannot work throws a BoundImagesError, and one that is
 * stopped the reason of its signal.
 */
import type { Level } from './check/settings.js';
import type { RuleId } from './diagnostic/rules.js';
import type { Observe } from './model/events.js';
import { type CheckInput, type CheckResult, check as checkOperation } from './operations/check.js';
import { checkDefaults, planDefaults, pullDefaults, rootDefaults } from './operations/defaults.js';
import type { RootInput } from './operations/inputs.js';
import { type ListResult, list as listOperation } from './operations/list.js';
import { type PlanInput, type PlanResult, plan as planOperation } from './operations/plan.js';
import { type PullInput, type PullResult, pull as pullOperation } from './operations/pull.js';
import { withTimeout } from './pull/time-limit.js';

export type { OnlineImage, OnlinePlatform } from './check/online.js';
export type { Level } from './check/settings.js';
export type { Diagnostic } from './diagnostic/diagnostic.js';
export type { Place } from './diagnostic/place.js';
export type { Severity } from './diagnostic/rule.js';
export type { RuleId } from './diagnostic/rules.js';
export type { Fix } from './fix/plan-fixes.js';
export type { BoundImage, PullOptions } from './model/bound-image.js';
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
export { parseReference, type Reference } from './model/reference/reference.js';
export type { AuthCandidate, ResolvedImage } from './model/resolved-image.js';
export type { CheckResult } from './operations/check.js';
export type { ListResult } from './operations/list.js';
export type { PlanResult } from './operations/plan.js';
export type { PullResult } from './operations/pull.js';
export type { FileSystemSpace } from './plan/free-space.js';
export type { RootView } from './root/root-view.js';

/** How a run is watched and stopped. */
export interface Running {
  /** Stops it: what is in the store stays there. */
  readonly signal?: AbortSignal | undefined;
  /** Told what happens, in order. It returns at once and never throws. */
  readonly onEvent?: Observe | undefined;
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

/** The request, which has the type for it, with what it leaves open. */
function inputOf<Input>(
  request: Running & { readonly root: string; readonly timeout?: number | undefined },
  defaults: Partial<Input>,
): Input {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const signal = withTimeout(request.signal ?? new AbortController().signal, request.timeout);
  return { ...defaults, ...Object.fromEntries(given), signal } as Input;
}

function portsOf({ onEvent = () => undefined }: Running): { readonly observe: Observe } {
  return { observe: onEvent };
}

/** What a tool says that was stopped is no news. */
async function unlessStopped<T>({ signal }: { readonly signal: AbortSignal }, run: Promise<T>): Promise<T> {
  return await run.catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}
