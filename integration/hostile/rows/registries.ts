import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import * as http from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dropIn, quadlet } from '../../support/entries.js';
import { freePort } from '../../support/free-port.js';
import { authJson, type Tree } from '../../support/host.js';
import { tarArchive } from '../../support/tar.js';
import type { Attack, Lab, LabImage, Row, Run } from '../row.js';
import { digestOf, type RegistryRequest, send } from '../support/memory-registry.js';
import { commit, isCommitted, osRelease } from './stores.js';

export const user = 'robot';
/** With what URLs, JSON and base64 write in another way. */
export const password = 'p@ss/w+rd "ü"?&=correct-horse';
export const creds = `${user}:${password}`;

/** Ways to write the password: none may be seen. */
const written = [
  password,
  'correct-horse',
  Buffer.from(creds).toString('base64'),
  Buffer.from(creds).toString('base64').replace(/=+$/, ''),
  Buffer.from(creds).toString('base64url'),
  Buffer.from(password).toString('base64'),
  encodeURIComponent(password),
  new URLSearchParams({ p: password }).toString().slice(2),
  JSON.stringify(password).slice(1, -1),
];

export function pattern(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}

export const noSecret = [...new Set(written)].map(pattern);

const sources: readonly { readonly name: string; readonly tree: (lab: Lab, image: LabImage) => Tree }[] = [
  {
    name: 'auth file',
    tree: ({ registry }, { tagged }) => ({
      ...quadlet('app.image', `Image=${tagged}`, 'TLSVerify=false', 'AuthFile=/usr/lib/app/auth.json'),
      'usr/lib/app/auth.json': authJson({ [registry.host]: creds }),
    }),
  },
  {
    name: 'Creds=',
    tree: (_, { tagged }) => quadlet('app.image', `Image=${tagged}`, 'TLSVerify=false', `Creds=${creds}`),
  },
];

/** What of the program's state holds one of the texts. */
async function stateHolds(state: string, texts: readonly RegExp[]): Promise<readonly string[]> {
  const files = await readdir(state, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => {
        const text = await readFile(join(file.parentPath, file.name), 'utf8');
        return texts.filter((secret) => secret.test(text)).map((secret) => `${file.name}: ${secret}`);
      }),
  );
  return found.flat();
}

/** A stage, which leaves a receipt, and a pull that says all it knows. */
function secretly(
  lab: Lab,
  status: readonly number[],
  never: readonly RegExp[],
): Pick<Attack, 'runs' | 'afterwards'> {
  return {
    runs: [
      {
        command: 'stage',
        args: ['--format', 'json', '--progress', 'json', '--verbose', ...commit(lab)],
        status,
        never,
      },
      { command: 'check', args: ['--online'], status: [0, 3, 75], never },
    ],
    afterwards: async ({ state }) => {
      expect(await stateHolds(state, never)).toEqual([]);
      expect(isCommitted(lab)).toBe(false);
    },
  };
}

/** A body that repeats what the request said, in every way. */
export function repeated({ authorization = '', headers }: RegistryRequest): Buffer {
  const decoded = Buffer.from(authorization.replace(/^\w+ /, ''), 'base64').toString('utf8');
  const secret = decoded.replace(/^[^:]*:/, '');
  const message = [
    authorization,
    decoded,
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ p: secret }).toString(),
    Buffer.from(secret).toString('base64'),
    Buffer.from(decoded).toString('base64url'),
    JSON.stringify(headers),
  ].join(' | ');
  return Buffer.from(JSON.stringify({ errors: [{ code: 'DENIED', message }] }));
}

export function challenge(response: http.ServerResponse, scheme = 'Basic realm="x"'): void {
  response.writeHead(401, { 'www-authenticate': scheme, 'content-length': 0 }).end();
}

type Where = 'manifest' | 'blob' | 'token';

/** Those that each podman has its own words for, and those that are tried with one. */
const repeats: readonly {
  readonly kind: Where;
  readonly status: number;
  readonly only?: 'oldest' | 'newest';
}[] = [
  { kind: 'manifest', status: 400, only: 'oldest' },
  { kind: 'manifest', status: 401, only: 'oldest' },
  { kind: 'manifest', status: 403 },
  { kind: 'manifest', status: 404, only: 'newest' },
  { kind: 'manifest', status: 500, only: 'newest' },
  { kind: 'blob', status: 401, only: 'newest' },
  { kind: 'blob', status: 403 },
  { kind: 'blob', status: 500, only: 'newest' },
  { kind: 'token', status: 401, only: 'oldest' },
  { kind: 'token', status: 403 },
  { kind: 'token', status: 500, only: 'newest' },
];

const repeatingRows: readonly Row[] = sources.flatMap((source, at) =>
  repeats
    .filter(({ status }) => at === 0 || status === 403)
    .map(({ kind, status, only }) => ({
      short: 'some',
      name: `a registry that repeats credentials with ${status} for a ${kind} (${source.name})`,
      fault: 'the password was printed, and kept in the receipt',
      ...(only !== undefined && { only }),
      attack: (lab) => {
        const app = lab.image();
        lab.registry.misbehave((request, response) => {
          const { authorization, path } = request;
          const isToken = path.startsWith('/token');
          const isGuarded = kind === 'token' ? isToken : request.kind === kind;
          if (authorization === undefined && !isToken) {
            const bearer = `Bearer realm="http://${lab.registry.host}/token",service="x"`;
            challenge(response, kind === 'token' ? bearer : undefined);
            return true;
          }
          if (isGuarded) send(response, status, 'application/json', repeated(request), request.method);
          return isGuarded;
        });
        return { newRoot: { ...osRelease, ...source.tree(lab, app) }, ...secretly(lab, [1, 75], noSecret) };
      },
    })),
);

const headerRow: Row = {
  name: 'a registry that repeats credentials in its challenge and its headers',
  attack: (lab) => {
    const app = lab.image();
    lab.registry.misbehave((request, response) => {
      const { authorization } = request;
      if (authorization === undefined) challenge(response);
      else
        challenge(
          response,
          `Basic realm="${authorization.replaceAll('"', '')} ${encodeURIComponent(password)}"`,
        );
      return true;
    });
    const tree = sources[0]?.tree(lab, app);
    return { newRoot: { ...osRelease, ...tree }, ...secretly(lab, [1, 75], noSecret) };
  },
};

/** Queries that let whoever has them in, by their makers. */
const presigned = [
  'X-Amz-Signature=canary-signature&X-Amz-Credential=canary-signature',
  'X-Goog-Signature=canary-signature',
  'sv=2020&sig=canary-signature',
  'Expires=1&Signature=canary-signature&Key-Pair-Id=canary-signature',
  'token=canary-signature',
];

const presignedRows: readonly Row[] = presigned.map((query, at) => ({
  ...(at > 0 && { only: 'newest' as const }),
  short: 'some',
  name: `a redirect to storage that cannot be reached, with ${query.replace(/=.*/s, '')}`,
  fault: 'the signed URL was printed',
  attack: async (lab: Lab) => {
    const app = lab.image();
    const dead = await freePort();
    lab.registry.misbehave(({ kind }, response) => {
      if (kind !== 'blob') return false;
      response.writeHead(307, { location: `http://127.0.0.1:${dead}/bucket/blob?${query}` }).end();
      return true;
    });
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      ...secretly(lab, [1, 75], [/canary-signature/]),
    };
  },
}));

/** A service at 127.0.0.1 and 127.0.0.2 that records what it is asked, and with what. */
async function startService(lab: Lab): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(JSON.stringify(request.headers));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"token":"t","access_token":"t"}');
  });
  const other = http.createServer((request, response) => server.emit('request', request, response));
  const port = await freePort();
  for (const [each, address] of [[server, '127.0.0.1'] as const, [other, '127.0.0.2'] as const]) {
    each.listen(port, address);
    await once(each, 'listening');
    lab.cleanup.add(() => {
      each.closeAllConnections();
      each.close();
    });
  }
  return { port, asked };
}

const redirects: readonly {
  readonly name: string;
  readonly kind: 'manifest' | 'blob';
  readonly location: (port: number, lab: Lab) => string;
}[] = (['manifest', 'blob'] as const).flatMap((kind) => [
  // Of the same name with another port, it gets them: to Go, as to cookies, that is the same host.
  { name: 'another service', kind, location: (port) => `http://127.0.0.2:${port}/x` },
  { name: 'another name of this host', kind, location: (port) => `http://localhost:${port}/x` },
  { name: 'a file', kind, location: (_, { canaries }) => `file://${canaries.secret}` },
  { name: 'a socket', kind, location: () => 'unix:///run/podman/podman.sock' },
  {
    name: 'itself, for ever',
    kind,
    location: (_, { registry }) => `http://${registry.host}/v2/loop/${kind}s/x`,
  },
  { name: 'no URL', kind, location: () => 'http://[\u00ff%zz' },
]);

const redirectRows: readonly Row[] = redirects.map(({ name, kind, location }) => ({
  short: 'some',
  name: `a registry that redirects a ${kind} to ${name}`,
  only: 'newest',
  attack: async (lab) => {
    const app = lab.image();
    const { port, asked } = await startService(lab);
    lab.registry.misbehave((request, response) => {
      if (request.authorization === undefined && request.repository !== 'loop') {
        challenge(response);
        return true;
      }
      if (request.kind !== kind) return false;
      response.writeHead(307, { location: location(port, lab) }).end();
      return true;
    });
    const tree = sources[0]?.tree(lab, app);
    const secret = secretly(lab, [1, 75], noSecret);
    return {
      newRoot: { ...osRelease, ...tree },
      ...secret,
      afterwards: async (host, results) => {
        await secret.afterwards?.(host, results);
        // The request may come; the credentials of another host may not.
        expect(asked.filter((headers) => headers.includes('authorization'))).toEqual([]);
      },
    };
  },
}));

/** Answers that are not what was asked for. */
interface Answer {
  readonly name: string;
  readonly fault?: string;
  readonly status?: readonly number[];
  readonly says?: readonly RegExp[];
  readonly args?: readonly string[];
  readonly misbehave: (lab: Lab, app: LabImage) => void;
}

function onKind(
  kind: RegistryRequest['kind'],
  answer: (request: RegistryRequest, response: http.ServerResponse) => unknown,
): (lab: Lab) => void {
  return ({ registry }) =>
    registry.misbehave((request, response) => {
      if (request.kind !== kind) return false;
      return answer(request, response) !== false;
    });
}

/** Sends bytes until the reader goes, or a bound that no test machine minds. */
export function endless(
  response: http.ServerResponse,
  headers: http.OutgoingHttpHeaders,
  chunk: Buffer,
  limit = 2 ** 31,
): void {
  response.writeHead(200, headers);
  let sent = 0;
  const more = () => {
    while (!response.destroyed && sent < limit) {
      sent += chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

export const mebibyte = Buffer.alloc(1024 * 1024, ' ');
const json = 'application/vnd.oci.image.manifest.v1+json';
const longText = 'x'.repeat(500_000);

const answers: readonly Answer[] = [
  {
    name: 'a blob without an end',
    misbehave: onKind('blob', (_, response) => endless(response, {}, mebibyte, 400 * 2 ** 20)),
  },
  {
    name: 'a blob larger than the manifest says',
    misbehave: ({ registry }) =>
      registry.misbehave((request, response) => {
        const content = registry.blob(request.what);
        if (request.kind !== 'blob' || content === undefined) return false;
        send(response, 200, 'application/octet-stream', Buffer.concat([content, mebibyte]));
        return true;
      }),
  },
  {
    name: 'a blob smaller than the manifest says',
    misbehave: ({ registry }) =>
      registry.misbehave((request, response) => {
        const content = registry.blob(request.what);
        if (request.kind !== 'blob' || content === undefined) return false;
        send(response, 200, 'application/octet-stream', content.subarray(0, 20));
        return true;
      }),
  },
  {
    name: 'a blob of other bytes',
    misbehave: onKind('blob', (_, r) => send(r, 200, 'application/octet-stream', Buffer.from('other'))),
  },
  {
    name: 'an empty blob',
    misbehave: onKind('blob', (_, r) => send(r, 200, 'application/octet-stream', Buffer.alloc(0))),
  },
  {
    name: 'a manifest without an end',
    misbehave: onKind('manifest', (_, r) => endless(r, { 'content-type': json }, mebibyte, 64 * 2 ** 20)),
  },
  {
    name: 'a manifest that is no JSON',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, Buffer.from('\u001b[31m{'))),
  },
  {
    name: 'a manifest that is null',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, Buffer.from('null'))),
  },
  {
    name: 'a manifest that is a list',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, Buffer.from('[]'))),
  },
  {
    name: 'a manifest nested without end',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, Buffer.from('['.repeat(1_000_000)))),
  },
  {
    name: 'a manifest of sizes below nothing',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, manifest({ size: -1 }))),
  },
  {
    name: 'a manifest of sizes beyond any disk',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, manifest({ size: 2 ** 62 }))),
  },
  {
    name: 'a manifest of sizes that are texts',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, manifest({ size: '1' }))),
  },
  {
    name: 'a manifest of digests that are paths',
    misbehave: onKind('manifest', (_, r) =>
      send(r, 200, json, manifest({ digest: 'sha256:../../../../etc/passwd' })),
    ),
  },
  {
    name: 'a manifest of digests that are options',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, manifest({ digest: '--help' }))),
  },
  {
    name: 'a manifest of 100,000 layers',
    misbehave: onKind('manifest', (_, r) => send(r, 200, json, manifest({}, 30_000))),
  },
  {
    name: 'a manifest of no type',
    misbehave: onKind('manifest', (_, r) => send(r, 200, 'text/html', Buffer.from('<html>'))),
  },
  {
    name: 'an index that names itself',
    misbehave: ({ registry }, { repository }) =>
      index(registry, repository, { mediaType: 'application/vnd.oci.image.index.v1+json' }),
  },
  {
    name: 'an index without this platform',
    misbehave: ({ registry }, { repository }) =>
      index(registry, repository, { platform: { os: 'plan9', architecture: 'mips' } }),
  },
  {
    name: 'an index whose platform holds escape sequences',
    fault: 'tag characters reached the terminal',
    misbehave: ({ registry }, { repository }) =>
      index(registry, repository, { platform: { os: '\u001b[31m\u202e', architecture: '\u{e0041}' } }),
  },
  {
    name: 'an index whose platform is a number',
    misbehave: ({ registry }, { repository }) => index(registry, repository, { platform: 7 }),
  },
  {
    name: 'a Docker-Content-Digest of another',
    status: [0, 1, 75],
    misbehave: onKind('manifest', (_, r) => {
      r.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`);
      return false;
    }),
  },
  {
    name: '403 with a very long message',
    fault: 'it was taken for a failure that passes',
    status: [1],
    misbehave: onKind('manifest', (_, r) => send(r, 403, 'application/json', errors(longText))),
  },
  {
    name: '403 with a message of words of other failures',
    status: [1],
    misbehave: onKind('manifest', (_, r) =>
      send(
        r,
        403,
        'application/json',
        errors('timeout: connection reset by peer, 503 Service Unavailable, no space left on device'),
      ),
    ),
  },
  {
    name: '404 with a very long message',
    fault: 'it was taken for a failure that passes',
    status: [1],
    misbehave: onKind('manifest', (_, r) =>
      send(r, 404, 'application/json', errors(longText, 'MANIFEST_UNKNOWN')),
    ),
  },
  {
    name: '401 with a very long message',
    fault: 'it was taken for a failure that passes',
    status: [1],
    misbehave: onKind('manifest', (_, r) => {
      r.setHeader('www-authenticate', 'Basic realm="x"');
      send(r, 401, 'application/json', errors(longText, 'UNAUTHORIZED'));
    }),
  },
  {
    name: '403 with a very long message for a blob',
    status: [1],
    fault: 'it was taken for a failure that passes',
    misbehave: onKind('blob', (_, r) => send(r, 403, 'application/json', errors(longText))),
  },
  {
    name: '500 with a body without an end',
    misbehave: onKind('manifest', (_, r) =>
      endless(
        Object.assign(r, { statusCode: 500 }),
        { 'content-type': 'application/json' },
        mebibyte,
        64 * 2 ** 20,
      ),
    ),
  },
  {
    name: '429 again and again',
    status: [75],
    args: ['--timeout', '5s'],
    misbehave: onKind('manifest', (_, r) =>
      send(r, 429, 'application/json', errors('slower', 'TOOMANYREQUESTS')),
    ),
  },
  {
    name: '429 with a wait of a year',
    status: [75],
    args: ['--timeout', '5s'],
    misbehave: onKind('blob', (_, r) => {
      r.setHeader('retry-after', '31536000');
      send(r, 429, 'application/json', errors('slower', 'TOOMANYREQUESTS'));
    }),
  },
  {
    name: 'a message of escape sequences',
    misbehave: onKind('manifest', (_, r) =>
      send(r, 403, 'application/json', errors('\u001b[2J\u001b]8;;http://x\u0007\r\nerror: done')),
    ),
  },
  {
    name: 'a message of bidirectional and tag characters',
    fault: 'tag characters reached the terminal',
    misbehave: onKind('manifest', (_, r) =>
      send(r, 403, 'application/json', errors('\u202e\u2066\u{e0041}\u{e0042}\u200b')),
    ),
  },
  {
    name: 'a message that is not UTF-8',
    misbehave: onKind('blob', (_, r) =>
      send(r, 500, 'text/plain', Buffer.from([0xff, 0x9b, 0x1b, 0x5b, 0x32, 0x4a])),
    ),
  },
  {
    name: 'a body of HTML',
    misbehave: onKind('manifest', (_, r) =>
      send(r, 503, 'text/html', Buffer.from('<html><script>x</script>')),
    ),
  },
  {
    name: 'a challenge that is none',
    status: [0, 1, 75],
    misbehave: onKind('base', (_, r) => challenge(r, '\u00ff,,,="')),
  },
  {
    name: 'a challenge of a file',
    misbehave: ({ registry, canaries }) =>
      registry.misbehave((_, r) => {
        challenge(r, `Bearer realm="file://${canaries.secret}",service="x"`);
        return true;
      }),
  },
  {
    name: 'a challenge that names no realm',
    misbehave: ({ registry }) =>
      registry.misbehave((_, r) => {
        challenge(r, 'Bearer service="x"');
        return true;
      }),
  },
  {
    name: 'a challenge of 1,000 schemes',
    misbehave: ({ registry }) =>
      registry.misbehave((_, r) => {
        challenge(r, Array(500).fill('Bearer realm="x"').join(', '));
        return true;
      }),
  },
  {
    name: 'a connection that is closed at once',
    misbehave: ({ registry }) =>
      registry.misbehave((_, r) => {
        r.socket?.destroy();
        return true;
      }),
  },
  { name: 'silence', args: ['--timeout', '3s'], misbehave: ({ registry }) => registry.misbehave(() => true) },
  {
    name: 'a blob that stands still',
    args: ['--timeout', '4s'],
    misbehave: onKind('blob', (_, r) => {
      r.writeHead(200, { 'content-length': 1000 });
      r.write('x');
    }),
  },
  {
    name: 'a blob of one byte now and then',
    args: ['--timeout', '4s'],
    misbehave: onKind('blob', (_, r) => {
      r.writeHead(200, { 'content-length': 1000 });
      const timer = setInterval(() => r.write('x'), 200);
      r.on('close', () => clearInterval(timer));
    }),
  },
];

export function errors(message: string, code = 'DENIED'): Buffer {
  return Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
}

function manifest(layer: object, count = 1): Buffer {
  const descriptor = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(Buffer.alloc(0)),
    size: 1,
  };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: json,
      config: { ...descriptor, mediaType: 'application/vnd.oci.image.config.v1+json' },
      layers: Array(count).fill({ ...descriptor, ...layer }),
    }),
  );
}

function index(registry: Lab['registry'], repository: string, entry: object): void {
  const digest = digestOf(Buffer.from('{}'));
  const content = Buffer.from(
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: json, digest, size: 2, ...entry }] }),
  );
  registry.putManifest(repository, '1', 'application/vnd.oci.image.index.v1+json', content);
}

const answerRows: readonly Row[] = answers.map(
  ({ name, misbehave, status = [1, 3, 75], says = [], args = [], fault }) => ({
    short: 'some',
    name: `a registry that answers with ${name}`,
    // What is no manifest is met by who plans, before any podman.
    ...(/^(?:a manifest|an index) /.test(name) && { only: 'newest' as const }),
    ...(fault !== undefined && { fault }),
    attack: (lab) => {
      const app = lab.image();
      misbehave(lab, app);
      const never = [/mistake in bound-images/, /x{5000}/];
      const run: Run = { command: 'stage', args: [...args, ...commit(lab)], status, says, never };
      return {
        newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
        runs: [run],
        afterwards: async (_, [result]) => expect(isCommitted(lab)).toBe(result?.exitCode === 0),
      };
    },
  }),
);

/** What was sent of the blob without an end is bounded. */
const bounded: Row = {
  name: 'a blob without an end is stopped, once, before the disk is full',
  fault: 'hundreds of megabytes came',
  attack: (lab) => {
    const app = lab.image();
    let sent = 0;
    let requests = 0;
    lab.registry.misbehave((request, response) => {
      if (request.kind !== 'blob' || request.what !== app.layers[0]) return false;
      requests += 1;
      const write = response.write.bind(response);
      response.write = ((chunk: Buffer) => {
        sent += chunk.length;
        return write(chunk);
      }) as typeof response.write;
      endless(response, {}, mebibyte, 400 * 2 ** 20);
      return true;
    });
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      runs: [{ command: 'pull', args: ['--retries', '2'], status: [1, 75] }],
      afterwards: async () => {
        expect(requests).toBe(1);
        expect(sent).toBeLessThan(200 * 2 ** 20);
      },
    };
  },
};

/** Layers that lead podman out of the image when it unpacks them. */
const layers: readonly { readonly name: string; readonly entries: (lab: Lab) => readonly TarEntry[] }[] = [
  {
    name: 'a name with ..',
    entries: ({ canaries }) => [{ path: `${'../'.repeat(20)}${canaries.file.slice(1)}`, text: 'x' }],
  },
  { name: 'an absolute name', entries: ({ canaries }) => [{ path: canaries.file, text: 'x' }] },
  {
    name: 'a file through a link out',
    entries: ({ canaries }) => [
      { path: 'd', link: canaries.tree, type: '2' },
      { path: 'd/made', text: 'x' },
    ],
  },
  {
    name: 'a hard link out',
    entries: ({ canaries }) => [
      { path: 'h', link: `${'../'.repeat(20)}${canaries.secret.slice(1)}`, type: '1' },
    ],
  },
  {
    name: 'an absolute hard link out',
    entries: ({ canaries }) => [{ path: 'h', link: canaries.secret, type: '1' }],
  },
  {
    name: 'a whiteout of a path out',
    entries: ({ canaries }) => [
      { path: `${'../'.repeat(20)}${canaries.directory.slice(1)}/.wh.file`, text: '' },
    ],
  },
];

interface TarEntry {
  readonly path: string;
  readonly text?: string;
  readonly link?: string;
  readonly type?: '1' | '2';
}

/** An archive of the harness, with the type and the target of links written into the headers. */
function archive(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.map(({ path, text = '', link = '', type = '0' }) => {
    const content = Buffer.from(text);
    const short = path.length > 100 ? path.slice(-100) : path;
    // The parents that the harness adds come first: only the file itself is wanted.
    const whole = Buffer.concat([
      ...tarArchive([{ path: 'x', sizeBytes: content.length, content: [content] }]),
    ]);
    const block = whole.subarray(0, whole.length - 1024);
    block.fill(0, 0, 100).write(short, 0);
    block.write(type, 156);
    block.fill(0, 157, 257).write(link.slice(0, 100), 157);
    block.write('        ', 148);
    const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const layerRows: readonly Row[] = layers.map(({ name, entries }) => ({
  short: 'some',
  name: `a layer with ${name}`,
  attack: (lab) => {
    const app = lab.image({ layer: archive(entries(lab)) });
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      // podman may unpack it inside the image or refuse it.
      runs: [{ command: 'pull', status: [0, 1, 75] }],
    };
  },
}));

const movedTagRows: readonly Row[] = [false, true].map((isDirect) => ({
  name: `a tag that moves between the plan and ${isDirect ? 'a pull by podman itself' : 'the pull'}`,
  attack: (lab) => {
    const app = lab.image();
    const other = lab.image({ text: 'moved' });
    let asked = 0;
    lab.registry.misbehave((request, response) => {
      if (request.kind !== 'manifest' || request.what !== '1' || request.repository !== app.repository)
        return false;
      asked += 1;
      // The plan asks once.
      if (asked === 1) return false;
      response.writeHead(307, { location: `/v2/${other.repository}/manifests/1` }).end();
      return true;
    });
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      runs: [
        {
          command: 'pull',
          args: ['--format', 'json', ...(isDirect ? ['--direct'] : [])],
          status: isDirect ? [0, 1, 75] : [0],
        },
      ],
      afterwards: async (_, [result]) => {
        // What is said to be there is what is there; that which the plan saw, where podman has no other word.
        if (result?.exitCode === 0) expect(result.output).toContain(isDirect ? other.digest : app.digest);
        if (!isDirect) expect(asked).toBe(1);
      },
    };
  },
}));

const realm: Row = {
  name: 'a registry that sends the asker to another host for its token',
  attack: async (lab) => {
    const app = lab.image();
    const { port, asked } = await startService(lab);
    lab.registry.misbehave(({ authorization }, response) => {
      if (authorization?.startsWith('Bearer ')) return false;
      challenge(response, `Bearer realm="http://127.0.0.1:${port}/token",service="x"`);
      return true;
    });
    // Without credentials there is nothing to give away; with some, the protocol gives them to the realm.
    return {
      newRoot: { ...osRelease, ...dropIn('x', [app.tagged]) },
      runs: [{ command: 'pull', status: [0] }],
      afterwards: async () => {
        expect(asked.length).toBeGreaterThan(0);
        expect(asked.filter((headers) => headers.includes('authorization'))).toEqual([]);
      },
    };
  },
};

export const registryRows: readonly Row[] = [
  ...repeatingRows,
  headerRow,
  ...presignedRows,
  ...redirectRows,
  ...answerRows,
  bounded,
  ...layerRows,
  ...movedTagRows,
  realm,
];
