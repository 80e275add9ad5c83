import { Readable } from 'node:stream';
import type { Exchange, Request } from '../../../../src/tools/registry/client/exchange.js';
import type { Refusal } from '../../../../src/tools/registry/client/refusal.js';

/** What a server in memory answers with. */
export interface MemoryAnswer {
  readonly status?: number;
  /** By their names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly isLocal?: boolean;
}

/** Servers in memory, with what they were asked. */
export interface MemoryNetwork {
  readonly exchange: Exchange;
  readonly asked: Request[];
  /** `GET https://… Authorization` */
  readonly lines: () => readonly string[];
}

export function memoryNetwork(answer: (request: Request) => MemoryAnswer | Refusal): MemoryNetwork {
  const asked: Request[] = [];
  return {
    asked,
    lines: () =>
      asked.map(({ method, url, headers: { authorization } }) =>
        [method, url.href, authorization].filter(Boolean).join(' '),
      ),
    exchange: async (request) => {
      asked.push(request);
      const answered = answer(request);
      if ('kind' in answered) return answered;
      const { status = 200, headers = {}, body = '', isLocal = false } = answered;
      return {
        kind: 'response',
        status,
        header: (name) => [headers[name] ?? []].flat(),
        body: Readable.from([Buffer.from(body)]),
        isLocal,
      };
    },
  };
}
