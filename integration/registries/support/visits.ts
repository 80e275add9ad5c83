import type { RecordedConnection, RecordedRequest } from './recording-proxy.js';
import { tokenHosts } from './registry-case.js';

/** What a program did, in the form in which two of them are compared. */
export interface Behaviour {
  /**
   * One line for each time that it turned to a registry: what came of TLS, the client certificate, and every manifest
   * that it asked for, by which credentials.
   */
  readonly visits: readonly string[];
  /** One line for each token server and credentials. */
  readonly tokens: readonly string[];
  readonly outcome: 'found' | 'failed';
}

/**
 * Returns what was recorded without what differs for no reason that counts: how often a registry was pinged, a token was
 * asked for, or a connection was made.
 */
export function behaviourOf(
  recorded: readonly RecordedConnection[],
  outcome: Behaviour['outcome'],
  runtime: 'go' | 'node',
): Behaviour {
  const visits: Visit[] = [];
  const tokens = new Set<string>();
  for (const event of eventsOf(recorded.map((connection) => asMeant(connection, runtime)))) {
    const { registry, way, request } = event;
    if (request?.path.startsWith('/token')) tokens.add(`${registry} ${way} ${tokenLine(request)}`);
    else if (isTokenHost(registry)) tokens.add(`${registry} ${way}`);
    else {
      const last = visits.at(-1);
      if (last?.registry === registry) last.events.push(event);
      else visits.push({ registry, events: [event] });
    }
  }
  return { visits: visitLines(visits), tokens: [...tokens], outcome };
}

interface Visit {
  readonly registry: string;
  readonly events: Event[];
}

/** A request, or a connection that came to nothing. */
interface Event {
  readonly registry: string;
  readonly way: string;
  readonly request: RecordedRequest | undefined;
  readonly order: number;
}

function eventsOf(connections: readonly RecordedConnection[]): readonly Event[] {
  return connections
    .filter(({ tls }) => tls !== 'pending')
    .flatMap((connection): readonly Event[] => {
      const { requests, order } = connection;
      const [registry, way] = [registryName(connection), wayOf(connection)];
      if (requests.length === 0) return [{ registry, way, request: undefined, order }];
      return requests.map((request) => ({ registry, way, request, order: request.order }));
    })
    .sort((a, b) => a.order - b.order);
}

function isTokenHost(registry: string): boolean {
  return tokenHosts.includes(registry);
}

/**
 * Node judges a certificate after the handshake, and then leaves without a word. Go leaves connections that it has opened
 * in advance, when another one is free again.
 */
function asMeant(connection: RecordedConnection, runtime: 'go' | 'node'): RecordedConnection {
  const { tls, requests, scheme } = connection;
  const isLeft = scheme === 'https' && requests.length === 0 && (tls === 'ok' || tls === 'pending');
  return isLeft && runtime === 'node' ? { ...connection, tls: 'refused' } : connection;
}

/** `host[:port]` as a reference names it. */
function registryName({ host, scheme }: RecordedConnection): string {
  return host.replace(scheme === 'https' ? /:443$/ : /:80$/, '');
}

function wayOf({ scheme, tls, client }: RecordedConnection): string {
  return `${scheme} ${tls}${client === undefined ? '' : ` client=${client}`}`;
}

function tokenLine({ method, path, authorization, body, status }: RecordedRequest): string {
  const query = new URLSearchParams(method === 'POST' ? body : path.slice('/token?'.length));
  const names = ['account', 'service', 'scope', 'grant_type', 'refresh_token'];
  const said = names.flatMap((name) => query.getAll(name).map((value) => `${name}=${value}`));
  return `${method} ${said.join(' ')} as ${authorization} → ${status}`;
}

/** What was learned before, such as that a registry has no TLS, need not be learned again. */
function visitLines(visits: readonly Visit[]): readonly string[] {
  const known = new Set<string>();
  return visits.flatMap(({ registry, events }) => {
    const ways = [...new Set(events.map(({ way }) => way))].filter((way) => !known.has(`${registry} ${way}`));
    for (const way of ways) known.add(`${registry} ${way}`);
    const asked = manifestsOf(events);
    return ways.length === 0 && asked.length === 0 ? [] : [[registry, ...ways, ...asked].join(' | ')];
  });
}

function manifestsOf(events: readonly Event[]): readonly string[] {
  const manifests = new Map<string, string>();
  for (const { request } of events) {
    const { path = '', authorization = '', status = 0 } = request ?? {};
    const [, repository, reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    if (repository === undefined || /^sha256-[0-9a-f]{64}\.sig$/.test(reference)) continue;
    // With neither user nor password it is podman's way to say that it has none.
    const as = authorization === 'basic :' ? 'none' : authorization;
    // Only to be told how to show credentials: as good as a ping.
    if (status === 401 && as === 'none') continue;
    manifests.set(`${repository} ${reference}`, `as ${as} → ${status}`);
  }
  return [...manifests].map(([what, how]) => `${what} ${how}`);
}
