import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import { type Redact, redactForms, redactor, shownText } from '../../../diagnostic/redact.js';
import type { Random, Timer } from '../../../model/ports.js';
import { digestFault } from '../../../model/reference/digest.js';
import type { Credentials, NoCredentials, RegistrySource } from '../../../model/registry-source.js';
import type { Failed, Found, FoundTags, FoundText, Unsupported } from '../found.js';
import { manifestDigest } from '../manifest-digest.js';
import { parseTagsPage } from '../tags.js';
import { newAskHost } from './ask-host.js';
import { newAuthorized } from './authorized.js';
import { readBody } from './bounded-body.js';
import { parseContentRange } from './content-range.js';
import type { Exchange, Network } from './exchange.js';
import { newHosts } from './hosts.js';
import { newTokenMask } from './mask-tokens.js';
import { nextPage } from './next-page.js';
import type { Followed } from './redirects.js';
import { isTimeUp, type Refusal, refusal, stoppedRefusal } from './refusal.js';
import { refuseStatus } from './refuse-status.js';
import { isRefusal, retried, type Within } from './retry.js';
import { shownUrl } from './shown-url.js';
import { loginOf, newTokens } from './tokens.js';
import { openTransport, type TransportOptions } from './transport.js';
import { unlessStopped } from './unless-stopped.js';

export type { Within } from './retry.js';

/**
 * Looks at registries, by the OCI distribution protocol. Connections, tokens and what is known of a host are shared by
 * all questions. Each of them is tried again where that may help, and never throws.
 */
export interface RegistryClient {
  /** @param reference a tag or a digest of the source's repository: its own reference, or another one */
  manifest(source: RegistrySource, reference: string, within: Within): Promise<Answer<Found>>;
  /** The config of an image: a blob of at most 4 MiB that has the digest. */
  config(source: RegistrySource, digest: string, within: Within): Promise<Answer<FoundText>>;
  /** Every tag of the repository, sorted. */
  tags(source: RegistrySource, within: Within): Promise<Answer<FoundTags>>;
  /** An index of what refers to the digest. */
  referrers(source: RegistrySource, digest: string, within: Within): Promise<Answer<FoundText | NoReferrers>>;
  /** The bytes of a blob, which are not checked. Only the beginning of the answer is tried again. */
  blob(source: RegistrySource, digest: string, wanted: Wanted): Promise<FoundBlob | BlobFailed | Unsupported>;
  /**
   * Parts of a blob, to be handed on to somebody who asked for them and knows what the answer means. Only the beginning of
   * the answer is tried again.
   * @param range the field `Range`
   */
  ranges(
    source: RegistrySource,
    digest: string,
    range: string,
    within: Within,
  ): Promise<FoundRanges | BlobFailed | Unsupported>;
  /** Ends all connections, and what is under way. */
  close(): void;
}

export type Answer<T> = T | Failed | Unsupported;

export interface NoReferrers {
  readonly kind: 'none';
}

/** Which bytes of a blob: without `to`, up to its end. `to` is included. */
export interface Wanted extends Within {
  readonly from?: number;
  readonly to?: number;
}

export interface FoundBlob {
  readonly kind: 'found';
  /** 200: all of it comes, whatever part was asked for. */
  readonly status: 200 | 206;
  /** The first byte that comes. */
  readonly from: number;
  /** So many bytes come; null where the server does not say. */
  readonly length: number | null;
  /** Of the whole blob; null where the server does not say. */
  readonly size: number | null;
  /** It has to be read or destroyed. It ends with an error when it is cut or the signal comes. */
  readonly body: Readable;
}

/** The body has to be read or destroyed. */
export interface FoundRanges extends Pick<FoundBlob, 'kind' | 'status' | 'length' | 'body'> {
  /** The fields as they came, '' where there is none. */
  readonly contentType: string;
  readonly contentRange: string;
}

export interface BlobFailed extends Failed {
  /** That of HTTP, such as 416; null where there was no answer. */
  readonly status: number | null;
  /** The server wants to be left alone for so long. */
  readonly waitMs: number | null;
}

export interface ClientOptions extends TransportOptions {
  readonly timer: Timer;
  readonly random: Random;
  /** How often a request is made at most. */
  readonly attempts: number;
  readonly userAgent: string;
  /** Masks what registries say. */
  readonly redact?: Redact;
  /** Told each request as it is sent: a method, and a URL without secrets. */
  readonly observe?: (request: string) => void;
}

/** Source: MaxManifestBodySize and MaxConfigBodySize in go.podman.io/image internal/iolimits. */
const textLimit = 4 * 1024 * 1024;
const mostTags = 100_000;
const mostPages = 1_000;

/** Source: DefaultRequestedManifestMIMETypes in go.podman.io/image manifest/manifest.go. */
const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');
const indexType = 'application/vnd.oci.image.index.v1+json';

export function openRegistryClient(options: ClientOptions): RegistryClient {
  const transport = openTransport(options);
  const client = clientOver(transport.exchange, options);
  return { ...client, close: transport.close };
}

/** The client on another way to send requests. */
export function clientOver(
  send: Exchange,
  options: Omit<ClientOptions, keyof TransportOptions> & Pick<ClientOptions, 'timer'>,
): RegistryClient {
  const { timer, userAgent, redact = redactForms, observe } = options;
  const secrets = new Set<string>();
  const tokenMask = newTokenMask();
  // Its patterns are compiled once for all messages.
  let mask: { readonly redact: Redact; readonly of: number } = { redact: redactForms, of: 0 };
  const network: Network = {
    exchange: (request, signal) => {
      observe?.(visible(`${request.method} ${shownUrl(request.url)}`));
      return send(request, signal);
    },
    timer,
    userAgent,
    onSecret: (secret) => secrets.add(secret),
  };
  const askHost = newAskHost(
    network,
    newHosts(),
    newAuthorized(network, newTokens({ ...network, onSecret: tokenMask.add })),
  );
  const credentials = askedForOnce(network.onSecret);

  /** One question, until `read` makes something of an answer with one of the statuses. */
  async function ask<T extends { readonly kind: string }>(
    source: RegistrySource,
    path: string,
    headers: Readonly<Record<string, string>>,
    within: Within,
    read: (followed: Followed) => Promise<T | Refusal>,
    wanted: readonly number[] = [200],
  ): Promise<T | Refusal | Unsupported> {
    // Every request that is under way listens to it.
    setMaxListeners(0, within.signal);
    const own = await unlessStopped(credentials(source), within.signal);
    if (own === 'stopped') return withoutCredentials(source, within.signal);
    if (own.kind === 'failed') return { ...own, status: null, waitMs: null };
    const asking = {
      source,
      credentials: own,
      path,
      headers: { 'docker-distribution-api-version': 'registry/2.0', 'user-agent': userAgent, ...headers },
    };
    const result = await retried(
      async () => {
        const followed = await askHost(asking, within.signal);
        if (followed.kind !== 'followed') return followed;
        return wanted.includes(followed.response.status)
          ? await read(followed)
          : await refuseStatus(followed, timer, within.signal);
      },
      within,
      options,
    );
    return isRefusal(result) ? masked(result) : result;
  }

  /** What anybody may see of a text from outside. */
  function visible(text: string): string {
    if (mask.of !== secrets.size) mask = { redact: redactor(() => secrets), of: secrets.size };
    return shownText(text, (each) => tokenMask.redact(mask.redact(redact(each))));
  }

  function masked<T extends Failed>(result: T): T {
    const { failure } = result;
    const message = shorten(visible(shorten(failure.message, 8192)), 1000);
    return { ...result, failure: { ...failure, message } };
  }

  /** The whole body of an answer. */
  async function readAll({ response, request }: Followed, signal: AbortSignal): Promise<Read | Refusal> {
    const body = await readBody(response.body, textLimit, signal);
    switch (body.kind) {
      case 'read':
        return { kind: 'read', bytes: body.bytes, request };
      case 'too-long':
        return refusal(request, 'oversized', 'permanent', `the answer is longer than ${textLimit} bytes`);
      case 'broken':
        return signal.aborted
          ? stoppedRefusal(request, signal)
          : refusal(request, 'connection', 'transient', 'the connection was cut in the middle of the answer');
    }
  }

  async function manifest(source: RegistrySource, reference: string, within: Within): Promise<Answer<Found>> {
    const isDigest = reference.includes(':');
    if (isDigest && digestFault(reference, 0) !== null) return badDigest(reference);
    const path = `/v2/${source.repository}/manifests/${reference}`;
    return await ask(source, path, { accept: manifestTypes }, within, async (followed) => {
      const read = await readAll(followed, within.signal);
      if (read.kind === 'failed') return read;
      const algorithm = isDigest ? reference.slice(0, reference.indexOf(':')) : undefined;
      const digest = manifestDigest(read.bytes, algorithm);
      return isDigest && digest !== reference
        ? corrupt(read, digest)
        : { ...foundText(read), digest, mediaType: followed.response.header('content-type')[0] ?? '' };
    });
  }

  async function tags(source: RegistrySource, within: Within): Promise<Answer<FoundTags>> {
    const found: string[] = [];
    const seen = new Set<string>();
    let path: string | null = `/v2/${source.repository}/tags/list`;
    while (path !== null) {
      seen.add(path);
      const page: Page | Refusal | Unsupported = await ask(source, path, {}, within, async (followed) => {
        const read = await readAll(followed, within.signal);
        if (read.kind === 'failed') return read;
        const listed = parseTagsPage(read.bytes.toString());
        if (listed.kind === 'unreadable') {
          const words = `the registry's list of tags cannot be read: ${listed.problem}`;
          return refusal(read.request, 'corrupt', 'transient', words);
        }
        const next = nextPage(followed.response.header('link'), read.request.url);
        const count = found.length + listed.tags.length;
        if (count > mostTags || (next !== null && (seen.has(next) || seen.size === mostPages))) {
          return refusal(read.request, 'oversized', 'permanent', 'the list of tags has no end');
        }
        return { kind: 'page', tags: listed.tags, next };
      });
      if (page.kind !== 'page') return page;
      for (const tag of page.tags) found.push(tag);
      path = page.next;
    }
    return { kind: 'found', tags: [...new Set(found)].sort() };
  }

  return {
    manifest,
    tags,
    config: async (source, digest, within) => {
      if (digestFault(digest, 0) !== null) return badDigest(digest);
      const path = `/v2/${source.repository}/blobs/${digest}`;
      return await ask(source, path, {}, within, async (followed) => {
        const read = await readAll(followed, within.signal);
        if (read.kind === 'failed') return read;
        const [algorithm = ''] = digest.split(':');
        const own = `${algorithm}:${createHash(algorithm).update(read.bytes).digest('hex')}`;
        return own === digest ? foundText(read) : corrupt(read, own);
      });
    },
    referrers: async (source, digest, within) => {
      if (digestFault(digest, 0) !== null) return badDigest(digest);
      const path = `/v2/${source.repository}/referrers/${digest}`;
      const listed = await ask<FoundText | NoReferrers>(
        source,
        path,
        { accept: indexType },
        within,
        async (followed) => {
          // One that does not know it may answer with a page.
          const [type = ''] = followed.response.header('content-type');
          if (!type.startsWith(indexType)) {
            followed.response.body.destroy();
            return { kind: 'none' };
          }
          const read = await readAll(followed, within.signal);
          return read.kind === 'failed' ? read : foundText(read);
        },
      );
      if (listed.kind !== 'none' && !isStatus(listed, 404)) return listed;
      // OCI distribution-spec, “Referrers Tag Schema”.
      const tagged = await manifest(source, digest.replace(':', '-').slice(0, 128), within);
      return isStatus(tagged, 404) ? { kind: 'none' } : tagged;
    },
    blob: async (source, digest, wanted) => {
      if (digestFault(digest, 0) !== null) return { ...badDigest(digest), status: null, waitMs: null };
      const { from = 0, to } = wanted;
      const isWhole = from === 0 && to === undefined;
      const headers = isWhole ? {} : { range: `bytes=${from}-${to ?? ''}` };
      const path = `/v2/${source.repository}/blobs/${digest}`;
      return await ask<FoundBlob>(
        source,
        path,
        headers,
        wanted,
        async (followed) => foundBlob(followed, wanted),
        isWhole ? [200] : [200, 206],
      );
    },
    ranges: async (source, digest, range, within) => {
      if (digestFault(digest, 0) !== null) return { ...badDigest(digest), status: null, waitMs: null };
      const path = `/v2/${source.repository}/blobs/${digest}`;
      return await ask<FoundRanges>(source, path, { range }, within, foundRanges, [200, 206]);
    },
    close: () => undefined,
  };
}

interface Read {
  readonly kind: 'read';
  readonly bytes: Buffer;
  readonly request: Followed['request'];
}

function foundText({ bytes }: Read): FoundText {
  return { kind: 'found', bytes, text: bytes.toString() };
}

interface Page {
  readonly kind: 'page';
  readonly tags: readonly string[];
  readonly next: string | null;
}

/** An answer about a blob, whose body is still to come; a part that is not the one that was asked for is none. */
function foundBlob({ response, request }: Followed, { from = 0, to }: Wanted): FoundBlob | Refusal {
  const { status, header, body } = response;
  const length = lengthOf(response);
  if (status !== 206) return { kind: 'found', status: 200, from: 0, length, size: length, body };
  const range = parseContentRange(header('content-range'));
  const isWanted =
    range !== null &&
    range.from === from &&
    (to === undefined
      ? range.size === null || range.to + 1 === range.size
      : range.to <= to && (range.to === to || range.to + 1 === range.size)) &&
    (length === null || length === range.to - range.from + 1);
  if (!isWanted) {
    body.destroy();
    return refusal(
      request,
      'corrupt',
      'transient',
      'it answers with another part than the one that was asked for',
      {
        status,
      },
    );
  }
  return { kind: 'found', status, from, length: range.to - range.from + 1, size: range.size, body };
}

async function foundRanges({ response }: Followed): Promise<FoundRanges> {
  const { status, header, body } = response;
  return {
    kind: 'found',
    status: status === 206 ? 206 : 200,
    length: lengthOf(response),
    contentType: header('content-type')[0] ?? '',
    contentRange: header('content-range')[0] ?? '',
    body,
  };
}

function lengthOf({ header }: Followed['response']): number | null {
  const [said] = header('content-length');
  return said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : null;
}

/** A helper may take longer than anybody waits. */
function withoutCredentials({ registry }: RegistrySource, signal: AbortSignal): Refusal {
  const message = `credentials for ${shownText(registry)} did not come in time`;
  const code = isTimeUp(signal) ? 'timeout' : 'interrupted';
  return {
    kind: 'failed',
    failure: { code, kind: 'transient', message, hint: null },
    status: null,
    waitMs: null,
  };
}

function corrupt({ request }: Read, digest: string): Refusal {
  return refusal(request, 'corrupt', 'transient', `the registry answered with ${digest}`);
}

function badDigest(digest: string): Failed {
  const message = `${shownText(digest.slice(0, 200))} is not a digest`;
  return { kind: 'failed', failure: { code: 'reference', kind: 'permanent', message, hint: null } };
}

function isStatus(result: { readonly kind: string; readonly status?: unknown }, status: number): boolean {
  return result.kind === 'failed' && result.status === status;
}

function shorten(text: string, length: number): string {
  const end = Math.floor(length / 3);
  return text.length > length ? `${text.slice(0, length - end)}…${text.slice(-end)}` : text;
}

/** The credentials of each source, asked for once; a failure is forgotten. */
function askedForOnce(
  onSecret: Network['onSecret'],
): (source: RegistrySource) => Promise<Credentials | NoCredentials> {
  const known = new WeakMap<RegistrySource['credentials'], Promise<Credentials | NoCredentials>>();
  return async ({ credentials }) => {
    const asked = known.get(credentials) ?? credentials();
    known.set(credentials, asked);
    const answer = await asked;
    if (answer.kind === 'failed') known.delete(credentials);
    if (answer.kind === 'identity-token') onSecret(answer.token);
    if (answer.kind !== 'failed') {
      const login = loginOf(answer);
      if (login !== undefined) onSecret(login.password);
    }
    return answer;
  };
}
