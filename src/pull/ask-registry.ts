import type { Redact } from '../diagnostic/redact.js';
import type { Failure } from '../model/failure.js';
import type { Timer } from '../model/ports.js';
import { repositoryOf } from '../model/reference/image-name.js';
import { type RegistryReference, repositoryName } from '../model/reference/reference.js';
import { parseRegistryReference } from '../model/reference/registry-reference.js';
import type { RegistrySource } from '../model/registry-source.js';
import type { RemoteContent } from '../model/remote-content.js';
import type { AuthCandidate, ResolvedImage } from '../model/resolved-image.js';
import type { NamedSources, RegistryAccess } from '../registries/access.js';
import { readBody } from '../tools/registry/client/bounded-body.js';
import type { FoundBlob, RegistryClient, Within } from '../tools/registry/client/client.js';
import type { Failed, Found, FoundTags, Unsupported } from '../tools/registry/found.js';
import type { Ask } from '../tools/registry/remote-image.js';
import { explain } from './explain.js';
import { withCredentials } from './with-credentials.js';

/** The registries of the next boot, and who asks them. */
export interface Registries {
  readonly access: Pick<RegistryAccess, 'sources' | 'tagSources'>;
  readonly client: Pick<RegistryClient, 'manifest' | 'config' | 'tags' | 'blob'>;
}

/** What is asked about one image, with one of its credentials. */
export interface Asker extends Ask {
  /** Every tag of its repository. */
  tags(): Promise<FoundTags | Failed>;
  /**
   * Bytes of a blob, `to` included, by its `registry/repository@digest`: unchecked, and null where the registry does not
   * serve parts.
   */
  part(name: string, from: number, to: number): Promise<FoundPart | Failed>;
  /** Where the manifest was found, once it was. */
  place(): Place;
}

export interface FoundPart {
  readonly kind: 'found';
  readonly bytes: Buffer | null;
}

/** What an image is called in full, and where it is: the source that had its manifest first, then the others. */
export type Place = Pick<RemoteContent, 'name' | 'sources'>;

export type Answer<T> = T | { readonly kind: 'failed'; readonly error: Failure };

/** Asks one question about an image, with its other credentials where it is refused. */
export type AskRegistry = <T extends { readonly kind: string }>(
  resolved: ResolvedImage,
  question: (asker: Asker) => Promise<T | Failed>,
) => Promise<Answer<T>>;

/**
 * Asks registries as podman does: the mirrors of an image first, and one that has its manifest for all else of it.
 *
 * @param limitMs how long the questions about one image may take: a registry that does not answer must not keep
 * the images waiting that can be had, and is not asked for another one
 * @param attempts how often each question is put at most, where that is another number than the client's
 */
export function askRegistries(
  registries: Registries,
  redact: Redact,
  limitMs: number,
  signal: AbortSignal,
  timer: AskingTimer,
  attempts?: number,
): AskRegistry {
  /** Registries that did not answer in time: nobody waits for them once more. */
  const silent = new Set<string>();

  return async (resolved, question) => {
    const { reference } = resolved.image;
    const registry = reference.transport === 'docker' ? reference.registry : null;
    if (registry !== null && silent.has(registry))
      return { kind: 'failed', error: explain(noAnswer, resolved, []) };
    const limited = timer.limit(signal, limitMs);
    const within = { signal: limited, deadlineMs: timer.monotonicMs() + limitMs, attempts };
    const { result, tried } = await withCredentials(
      resolved.credentials,
      (candidate) => answerOf(question(askerOf(registries, resolved, candidate, within, timer)), limited),
      (answer) => (isFailed(answer) ? answer.failure : undefined),
    );
    if (!isFailed(result)) return result;
    if (limited.aborted && registry !== null) silent.add(registry);
    // Also of what was found wrong with an answer.
    const failure = { ...result.failure, message: redact(result.failure.message) };
    return { kind: 'failed', error: explain(failure, resolved, tried) };
  };
}

/** What this program does not know, podman may know. */
function unsupported({ what }: Unsupported): Failure {
  return { code: 'unsupported', kind: 'permanent', message: what, hint: null };
}

/** A helper for credentials that the end of the time has stopped is no answer, either. */
async function answerOf<T>(asked: Promise<T | Failed>, signal: AbortSignal): Promise<T | Failed> {
  try {
    return await asked;
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', failure: noAnswer };
    throw error;
  }
}

/** Of a registry that was asked for too long. */
export const noAnswer: Failure = {
  code: 'timeout',
  kind: 'transient',
  message: 'the registry did not answer in time',
  hint: null,
};

const cutPart: Failure = {
  code: 'connection',
  kind: 'transient',
  message: 'the connection ended in the middle of a layer',
  hint: null,
};

type AskingTimer = Pick<Timer, 'limit' | 'monotonicMs'>;

/** When all is over, and how often a question is put until then. */
interface Deadline {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly attempts: number | undefined;
}

/** A place that was asked, or that podman does not ask, and why it has no answer. */
interface Refused {
  readonly place: string;
  readonly failure: Failure;
}

function askerOf(
  { access, client }: Registries,
  resolved: ResolvedImage,
  candidate: AuthCandidate,
  within: Deadline,
  timer: AskingTimer,
): Asker {
  /** Where the manifest was found: all that belongs to it is asked for there. */
  let found:
    | { readonly repository: string; readonly source: RegistrySource; readonly place: Place }
    | undefined;

  const sourcesOf = (reference: RegistryReference) =>
    access.sources({ ...resolved, image: { ...resolved.image, reference } }, candidate);

  /**
   * Asks one source after the other. Those before the last one are asked once, and have their share of the time: a mirror
   * that is dead must not take all of it.
   */
  async function askAll<T extends { readonly kind: 'found' }>(
    sources: readonly RegistrySource[],
    ask: (source: RegistrySource, within: Within) => Promise<T | Failed | Unsupported>,
    leftOut: readonly Refused[] = [],
  ): Promise<T | Failed> {
    const refused: Refused[] = [];
    for (const [index, source] of sources.entries()) {
      const answer = await ask(source, shareOf(within, sources.length - index, timer));
      if (answer.kind === 'found') return answer;
      if (answer.kind === 'unsupported') return { kind: 'failed', failure: unsupported(answer) };
      refused.push({ place: source.registry, failure: answer.failure });
      if (within.signal.aborted) break;
    }
    return { kind: 'failed', failure: decisive([...refused, ...leftOut]) };
  }

  async function manifest(name: string): Promise<Found | Failed> {
    const reference = referenceOf(name);
    if (reference.digest !== null && found?.repository === repositoryName(reference)) {
      return supported(await client.manifest(found.source, reference.digest, within));
    }
    const sources = sourcesOf(reference);
    if (!sources.ok) return { kind: 'failed', failure: sources.failure };
    return await askAll(
      sources.names.flatMap((each) => each.sources),
      async (source, limits) => {
        const answer = await client.manifest(source, source.reference, limits);
        if (answer.kind === 'found')
          found ??= { repository: repositoryName(reference), source, place: placeOf(source, sources.names) };
        return answer;
      },
      sources.names.flatMap(({ leftOut }) => leftOut.map(({ name: place, failure }) => ({ place, failure }))),
    );
  }

  return {
    manifest,
    config: async (name) => {
      const { digest } = referenceOf(name);
      if (found === undefined || digest === null) throw new Error(`asked for before its manifest: ${name}`);
      return supported(await client.config(found.source, digest, within));
    },
    part: async (name, from, to) => {
      const { digest } = referenceOf(name);
      if (found === undefined || digest === null) throw new Error(`asked for before its manifest: ${name}`);
      const answer = supported<FoundBlob>(await client.blob(found.source, digest, { ...within, from, to }));
      if (answer.kind === 'failed') return answer;
      const length = to - from + 1;
      if (answer.status === 200) {
        answer.body.on('error', () => undefined).destroy();
        return { kind: 'found', bytes: null };
      }
      const read = await readBody(answer.body, length, within.signal);
      if (read.kind === 'read' && read.bytes.length === length) return { kind: 'found', bytes: read.bytes };
      return { kind: 'failed', failure: within.signal.aborted ? noAnswer : cutPart };
    },
    place: () => {
      if (found === undefined) throw new Error('asked for before its manifest');
      return found.place;
    },
    tags: async () => {
      const listed = access.tagSources(resolved, candidate);
      if (!listed.ok) return { kind: 'failed', failure: listed.failure };
      return await askAll(listed.sources, client.tags);
    },
  };
}

function placeOf(source: RegistrySource, names: readonly NamedSources[]): Place {
  const { name, sources } = names.find((each) => each.sources.includes(source)) ?? { name: '', sources: [] };
  return { name: repositoryOf(name), sources: [source, ...sources.filter((other) => other !== source)] };
}

function supported<T extends { readonly kind: 'found' }>(answer: T | Failed | Unsupported): T | Failed {
  return answer.kind === 'unsupported' ? { kind: 'failed', failure: unsupported(answer) } : answer;
}

/** What the first of so many sources may take: all that is left for the last, its share and one try for another one. */
function shareOf(whole: Deadline, sources: number, timer: AskingTimer): Within {
  if (sources === 1) return whole;
  const { signal, deadlineMs } = whole;
  const shareMs = Math.max(0, deadlineMs - timer.monotonicMs()) / sources;
  return {
    signal: timer.limit(signal, shareMs),
    deadlineMs: timer.monotonicMs() + shareMs,
    attempts: 1,
  };
}

/** As podman judges it: with mirrors, the registry itself has the last word, but a mirror may recover. */
function decisive(refused: readonly Refused[]): Failure {
  const last = refused.at(-1)?.failure ?? noAnswer;
  if (refused.length < 2) return last;
  const judged = refused.find(({ failure }) => failure.kind === 'transient')?.failure ?? last;
  const others = refused.slice(0, -1).map(({ place, failure }) => `${place}: ${failure.message}`);
  return { ...judged, message: `${last.message} (and before it ${others.join('; ')})` };
}

function isFailed(answer: { readonly kind: string }): answer is Failed {
  return answer.kind === 'failed';
}

/** @param name of ours, in full */
function referenceOf(name: string): RegistryReference {
  const parsed = parseRegistryReference(name, 0);
  if ('code' in parsed) throw new Error(`no name: ${name}`);
  return parsed;
}
