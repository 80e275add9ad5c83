import type { ServerResponse } from 'node:http';
import type { RegistrySource } from '../../model/registry-source.js';
import type { FoundRanges, RegistryClient } from '../registry/client/client.js';
import { answer } from './answers.js';
import { kindOf, type Origins } from './origins.js';
import type { RelayObserver } from './relay.js';

export interface RangeTools {
  readonly client: Pick<RegistryClient, 'ranges'>;
  readonly observer: Pick<RelayObserver, 'onPassed'>;
  readonly origins: Origins;
  /** Ends all that is under way. */
  readonly signal: AbortSignal;
}

export interface AskedRanges {
  readonly digest: string;
  /** The field `Range`, as podman wrote it. */
  readonly range: string;
  readonly sources: readonly RegistrySource[];
  readonly registries: Iterable<string>;
}

/** podman asks for a thousand ranges at most. Source: maxNumberMissingChunks in go.podman.io/storage pkg/chunked. */
const rangePattern = /^bytes=\d{1,15}-\d{0,15}(?:,\d{1,15}-\d{0,15}){0,1100}$/;

export function isRange(range: string): boolean {
  return rangePattern.test(range);
}

/**
 * Hands podman parts of a blob straight from a registry; nothing of it is kept. Where no source has parts, podman is
 * answered with 400, and asks for fewer of them, or for all. What may pass cuts its connection.
 */
export async function passRanges(
  { digest, range, sources, registries }: AskedRanges,
  response: ServerResponse,
  tools: RangeTools,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, tools.signal]);
  response.once('close', () => stop.abort());
  let mayPass = false;
  for (const source of sources) {
    const found = await tools.client.ranges(source, digest, range, { signal });
    if (response.destroyed) return void (found.kind === 'found' && found.body.destroy());
    if (found.kind === 'found' && found.status === 206) {
      const origin = kindOf(source, registries);
      return await pass(found, response, (bytes) => {
        tools.origins.add(origin, source.registry, bytes);
        tools.observer.onPassed(digest, bytes);
      });
    }
    if (found.kind === 'found') found.body.destroy();
    else mayPass ||= found.kind === 'failed' && found.failure.kind === 'transient';
  }
  if (mayPass) response.destroy();
  else answer(response, 400, Buffer.alloc(0));
}

async function pass(
  { body, length, contentType, contentRange }: FoundRanges,
  response: ServerResponse,
  count: (bytes: number) => void,
): Promise<void> {
  response.writeHead(206, {
    'content-type': contentType,
    ...(contentRange === '' ? {} : { 'content-range': contentRange }),
    ...(length === null ? {} : { 'content-length': String(length) }),
  });
  const flow = () => {
    if (response.writableNeedDrain) body.pause();
    else body.resume();
  };
  await new Promise<void>((ended) => {
    body.on('data', (chunk: Buffer) => {
      count(chunk.length);
      response.write(chunk);
      flow();
    });
    response.on('drain', flow);
    response.on('close', () => body.destroy());
    body.on('error', () => undefined);
    body.on('close', ended);
  });
  if (body.readableEnded) response.end();
  else response.destroy();
}
