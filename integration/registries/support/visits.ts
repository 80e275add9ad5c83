import type { RecordedConnection, RecordedRequest } from './recording-proxy.js';

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
  const connections = recorded.map((connection) => asMeant(connection, runtime));
  const visits: { readonly registry: string; readonly connections: RecordedConnection[] }[] = [];
  const tokens = new Set<string>();
  for (const connection of connections) {
    const registry = registryName(connection);
    const tokenRequests = connection.requests.filter(({ path }) => path.startsWith('/token'));
    if (tokenRequests.length > 0 || /^(?:auth\.example|tokens\.test)(?::|$)/.test(registry)) {
      const way = `${registry} ${wayOf(connection)}`;
      if (tokenRequests.length === 0) tokens.add(way);
      for (const request of tokenRequests) tokens.add(`${way} ${tokenLine(request)}`);
    }
    if (tokenRequests.length === connection.requests.length && tokenRequests.length > 0) continue;
    if (/^(?:auth\.example|tokens\.test)(?::|$)/.test(registry)) continue;
    const last = visits.at(-1);
    if (last?.registry === registry) last.connections.push(connection);
    else visits.push({ registry, connections: [connection] });
  }
  return {
    visits: visits.map(({ registry, connections: made }) => visitLine(registry, made)),
    tokens: [...tokens],
    outcome,
  };
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

function visitLine(registry: string, connections: readonly RecordedConnection[]): string {
  const ways = new Set(connections.filter(({ tls }) => tls !== 'pending').map(wayOf));
  const manifests = new Map<string, string>();
  for (const { path, authorization, status } of connections.flatMap(({ requests }) => requests)) {
    const [, repository, reference = ''] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
    if (repository === undefined || /^sha256-[0-9a-f]{64}\.sig$/.test(reference)) continue;
    // podman 's way to say that it has no credentials.
    const as = authorization === 'basic :' ? 'none' : authorization;
    // Only to be told how to show credentials: as good as a ping.
    if (status === 401 && as === 'none') continue;
    manifests.set(`${repository} ${reference}`, `as ${as} → ${status}`);
  }
  const asked = [...manifests].map(([what, how]) => `${what} ${how}`);
  return [registry, ...ways, ...asked].join(' | ');
}
