import * as https from 'node:https';
import { expect } from 'vitest';
import { freePort } from '../../../support/free-port.js';
import { newCertifier } from '../../support/certificates.js';
import { type RegistryRequest, send } from '../../support/memory-registry.js';
import { challenge, creds, errors, password, repeated } from '../registries.js';
import { bearer, manifestType, on, type Scene, type Setting, type Trick } from './trick.js';

const bytes = (text: string) => Buffer.from(text);

/** Where somebody else may be: none of them may be given the credentials. */
export const elsewheres: readonly { readonly name: string; readonly url: (scene: Scene) => string }[] = [
  { name: 'another address of this host', url: ({ elsewhere }) => `http://127.0.0.2:${elsewhere.port}/x` },
  { name: 'another name of this host', url: ({ elsewhere }) => `http://localhost:${elsewhere.port}/x` },
  {
    name: 'another service on the same address',
    url: ({ elsewhere }) => `http://127.0.0.1:${elsewhere.port}/x`,
  },
  { name: 'the metadata of a cloud', url: () => 'http://169.254.169.254/latest/meta-data/iam/' },
  { name: 'another host', url: () => 'http://registry.example.org/v2/x/manifests/1' },
  { name: 'another host with TLS', url: () => 'https://registry.example.org/v2/x/manifests/1' },
  {
    name: 'a host that it gives other credentials for',
    url: ({ elsewhere }) => `http://canary-signature:x@127.0.0.2:${elsewhere.port}/x`,
  },
];

/** Whither nobody goes. */
export const nowheres: readonly {
  readonly name: string;
  readonly url: (scene: Scene) => string | undefined;
}[] = [
  { name: 'a file', url: ({ lab }) => `file://${lab.canaries.secret}` },
  { name: 'a socket', url: () => 'unix:///run/podman/podman.sock' },
  { name: 'data', url: () => 'data:application/json,{}' },
  { name: 'a script', url: () => 'javascript:alert(1)' },
  { name: 'a port that is none', url: () => 'http://127.0.0.1:99999/x' },
  { name: 'no URL', url: () => 'http://[%zz' },
  { name: 'nothing', url: () => undefined },
  { name: 'a URL of a megabyte', url: ({ lab }) => `http://${lab.registry.host}/${'x'.repeat(2 ** 20)}` },
  { name: 'itself, for ever', url: ({ lab }) => `http://${lab.registry.host}/v2/open/manifests/x` },
];

const redirected = (
  kind: RegistryRequest['kind'],
  status: number,
  url: (scene: Scene) => string | undefined,
) =>
  ((request, response, scene) => {
    if (request.kind !== kind && request.repository !== 'open') return false;
    const location = url(scene);
    response.writeHead(status, { 'content-length': 0, ...(location !== undefined && { location }) }).end();
    return true;
  }) satisfies Trick['answer'];

const redirects: readonly Trick[] = [
  ...elsewheres.flatMap(({ name, url }): readonly Trick[] => [
    {
      name: `a manifest at ${name}`,
      // Another program's answer is no manifest.
      answer: redirected('manifest', 307, url),
    },
    {
      name: `a config at ${name}, for who has a token`,
      guard: 'bearer',
      answer: redirected('blob', 302, url),
    },
  ]),
  ...nowheres.map(
    ({ name, url }, at): Trick => ({
      name: `a redirect to ${name}`,
      answer: redirected('manifest', [301, 302, 303, 307, 308][at % 5] ?? 307, url),
    }),
  ),
  {
    name: 'a redirect of its base to another host',
    guard: 'none',
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: redirected('base', 307, () => 'http://registry.example.org/v2/'),
  },
  {
    name: 'a redirect elsewhere, and one back',
    prepare: ({ elsewhere, lab, app }) => {
      const back = `http://${lab.registry.host}/v2/${app.repository}/manifests/${app.digest}`;
      elsewhere.answer((_, r) => r.writeHead(307, { location: back }).end());
      return undefined;
    },
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('manifest', ({ what }, r, { elsewhere }) => {
      if (what !== '1') return false;
      r.writeHead(307, { location: `http://127.0.0.2:${elsewhere.port}/x`, 'content-length': 0 }).end();
      return true;
    }),
  },
  {
    name: 'a challenge after a redirect elsewhere',
    prepare: ({ elsewhere }) => {
      elsewhere.answer((_, r) => challenge(r));
      return undefined;
    },
    answer: redirected('manifest', 307, ({ elsewhere }) => `http://127.0.0.2:${elsewhere.port}/x`),
  },
  {
    name: 'a redirect with a signature to a storage that is down',
    guard: 'bearer',
    answer: redirected('manifest', 307, () => 'http://127.0.0.2:1/x?X-Amz-Signature=canary-signature'),
  },
  {
    name: 'a redirect with a signature to a storage that says it again',
    guard: 'bearer',
    prepare: ({ elsewhere }) => {
      elsewhere.answer(({ url = '' }, r) => send(r, 403, 'application/xml', bytes(`<Error>${url}</Error>`)));
      return undefined;
    },
    answer: redirected(
      'manifest',
      307,
      ({ elsewhere }) => `http://127.0.0.2:${elsewhere.port}/x?X-Amz-Signature=canary-signature`,
    ),
  },
];

/** A registry with TLS, in front of the one of this process. */
async function secure(scene: Scene): Promise<Partial<Setting> & { readonly host: string }> {
  const { lab, app } = scene;
  const certifier = await newCertifier(lab.scratch);
  const { cert, key } = await certifier.make('server');
  const server = https.createServer({ cert, key }, lab.registry.listener);
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  lab.cleanup.add(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${port}`;
  const env = { SSL_CERT_FILE: certifier.authority };
  return { host, reference: `${host}/${app.repository}:1`, env, unit: [], registries: [host] };
}

const downgrades: readonly Trick[] = [
  {
    name: 'a redirect from TLS to none',
    prepare: secure,
    answer: redirected('manifest', 307, ({ elsewhere }) => `http://127.0.0.1:${elsewhere.port}/x`),
  },
  {
    name: 'a redirect from TLS to none, with a token',
    prepare: secure,
    guard: 'none',
    answer: ({ path, authorization, kind }, r, { elsewhere }) => {
      if (path.startsWith('/token')) return send(r, 200, 'application/json', bytes(`{"token":"${bearer}"}`));
      if (authorization?.startsWith('Bearer ') !== true) {
        const { socket } = r;
        return challenge(r, `Bearer realm="https://127.0.0.1:${socket?.localPort}/token",service="x"`);
      }
      if (kind !== 'manifest') return false;
      r.writeHead(307, { location: `http://127.0.0.1:${elsewhere.port}/x`, 'content-length': 0 }).end();
      return true;
    },
  },
];

/** Answers of a token server, by itself; the status is what of the registry's is told. */
const tokens: readonly { readonly name: string; readonly body: () => Buffer; readonly status?: number }[] = [
  { name: 'no JSON', body: () => bytes('<html>') },
  { name: 'null', body: () => bytes('null') },
  { name: 'a list', body: () => bytes('[]') },
  { name: 'nothing', body: () => bytes('') },
  { name: 'a token that is a number', body: () => bytes('{"token":1}') },
  { name: 'a token that is an object', body: () => bytes('{"token":{"a":"b"}}') },
  { name: 'an empty token', body: () => bytes('{"token":""}') },
  { name: 'a token of 10 MB', body: () => bytes(`{"token":"${'x'.repeat(1e7)}"}`) },
  { name: 'a token of 100 kB', body: () => bytes(`{"token":"${'x'.repeat(1e5)}"}`) },
  { name: 'a token of lines', body: () => bytes('{"token":"a\\r\\nX-Other: canary-signature"}') },
  { name: 'a token of escape sequences', body: () => bytes('{"token":"\\u001b[2J\\u202e\\u0000"}') },
  { name: 'a token that nobody takes', body: () => bytes('{"token":"another","expires_in":300}') },
  { name: 'a token that has ended', body: () => bytes('{"token":"another","expires_in":-5}') },
  {
    name: 'a token that ends at no time',
    body: () => bytes('{"token":"another","expires_in":1e999,"issued_at":"soon"}'),
  },
  { name: 'JSON nested without end', body: () => bytes('{"token":'.repeat(1e5)) },
  { name: '500', status: 500, body: () => errors('down') },
  { name: '401', status: 401, body: () => errors('no') },
  { name: '400', status: 400, body: () => errors('no') },
  { name: '302 to nothing', status: 302, body: () => bytes('') },
  { name: '204', status: 204, body: () => bytes('') },
];

/** A registry whose token server does that. */
function withTokens(
  name: string,
  serve: (request: RegistryRequest, response: Parameters<typeof send>[0], scene: Scene) => unknown,
  more: Partial<Trick> = {},
): Trick {
  return {
    name,
    guard: 'none',
    answer: (request, response, scene) => {
      if (request.path.startsWith('/token')) return serve(request, response, scene);
      challenge(response, `Bearer realm="http://${scene.lab.registry.host}/token",service="x"`);
      return true;
    },
    ...more,
  };
}

const tokenTricks: readonly Trick[] = [
  ...tokens.map(({ name, body, status = 200 }) =>
    withTokens(`${name} for a token`, (_, r) => send(r, status, 'application/json', body())),
  ),
  withTokens('a token without an end', (_, r) => {
    r.writeHead(200, { 'content-type': 'application/json' });
    r.write('{"token":"');
    const more = () => {
      while (!r.destroyed && r.write('x'.repeat(2 ** 20)));
    };
    r.on('drain', more);
    more();
  }),
  withTokens('silence for a token', () => true, { args: ['--timeout', '4s'], check: [75] }),
  withTokens('a token server that is elsewhere', (_, r, { elsewhere }) =>
    r.writeHead(307, { location: `http://127.0.0.2:${elsewhere.port}/token`, 'content-length': 0 }).end(),
  ),
  withTokens('a token server that is itself, for ever', (_, r) =>
    r.writeHead(307, { location: '/token?again', 'content-length': 0 }).end(),
  ),
  withTokens('a token server that asks for a token', (_, r, { lab }) =>
    challenge(r, `Bearer realm="http://${lab.registry.host}/token"`),
  ),
  ...[400, 401, 403, 500].map((status) =>
    withTokens(`${status} of a token server that repeats the credentials`, (request, r) =>
      send(r, status, 'application/json', repeated(request)),
    ),
  ),
  withTokens('a token server that repeats the credentials as a token', ({ authorization }, r) =>
    send(r, 200, 'application/json', bytes(JSON.stringify({ token: authorization, access_token: creds }))),
  ),
];

/** Challenges. A function gives what depends on the registry. */
const shapes: readonly {
  readonly name: string;
  readonly header: string | ((scene: Scene) => string) | undefined;
  readonly hasOtherRealm?: boolean;
}[] = [
  { name: 'none', header: undefined },
  { name: 'an empty one', header: '' },
  { name: 'one of a comma', header: ',' },
  { name: 'an unknown scheme', header: 'Negotiate' },
  { name: 'an unknown scheme with words', header: 'Digest realm="x", nonce="y", qop="auth"' },
  { name: 'many unknown schemes', header: Array(300).fill('NTLM').join(', ') },
  { name: '1,000 challenges', header: Array(1000).fill('Basic realm="x"').join(', ') },
  { name: 'a scheme of 10,000 letters', header: 'x'.repeat(10_000) },
  { name: 'Bearer alone', header: 'Bearer' },
  { name: 'Bearer without a realm', header: 'Bearer service="x",scope="y"' },
  { name: 'an empty realm', header: 'Bearer realm=""' },
  { name: 'a realm that is no URL', header: 'Bearer realm="not a url"' },
  { name: 'a realm that is a path', header: 'Bearer realm="/token"' },
  { name: 'a realm that is a file', header: ({ lab }) => `Bearer realm="file://${lab.canaries.secret}"` },
  { name: 'a realm that is a socket', header: 'Bearer realm="unix:///run/podman/podman.sock"' },
  { name: 'a realm that is data', header: 'Bearer realm="data:application/json,{\\"token\\":\\"x\\"}"' },
  { name: 'a realm of an impossible port', header: 'Bearer realm="http://127.0.0.1:99999/token"' },
  {
    name: 'a realm with a user',
    hasOtherRealm: true,
    header: ({ elsewhere }) => `Bearer realm="http://canary-signature:x@127.0.0.2:${elsewhere.port}/"`,
  },
  { name: 'quotes without an end', header: 'Bearer realm="http://127.0.0.1:1/token' },
  { name: 'an escape without an end', header: 'Bearer realm="http://127.0.0.1:1/token\\' },
  { name: 'backslashes', header: `Bearer realm="${'\\'.repeat(5001)}"` },
  { name: 'equals signs', header: `Bearer ${'='.repeat(5000)}` },
  { name: 'spaces', header: `Bearer${' '.repeat(8000)}realm` },
  {
    name: 'a service with a query',
    header: ({ lab }) => `Bearer realm="http://${lab.registry.host}/token?a=b#c",service="&x=y#z"`,
  },
  {
    name: 'letters beyond ASCII',
    hasOtherRealm: true,
    header: 'Bearer realm="http://\u00ff\u00e9.example/", service="\u00ff"',
  },
  { name: 'Basic without a realm', header: 'Basic' },
  {
    name: 'two of Bearer, the second one elsewhere',
    header: 'Bearer realm="http://127.0.0.1:1/token", Bearer realm="http://127.0.0.2:1/token"',
  },
];

const challenges: readonly Trick[] = shapes.map(({ name, header, hasOtherRealm = false }) => ({
  hasOtherRealm,
  name: `a challenge: ${name}`,
  guard: 'none',
  args: ['--timeout', '20s'],
  // Nobody is let in, and whoever does not know the challenge leaves the image to podman.
  check: [0, 3, 75],
  plan: [0, 1, 75],
  answer: (_, r, scene) => {
    const text = typeof header === 'function' ? header(scene) : header;
    r.writeHead(401, {
      'content-length': 0,
      ...(text !== undefined && { 'www-authenticate': text }),
    }).end();
    return true;
  },
}));

/** What was sent, in all places of an answer. */
const repeats: readonly Trick[] = [
  ...[400, 401, 403, 404, 418, 429, 500].flatMap((status): readonly Trick[] =>
    (['basic', 'bearer'] as const).map((guard) => ({
      name: `${status} and what it was sent (${guard})`,
      isPulled: status === 403,
      guard,
      args: ['--timeout', '20s'],
      answer: on('manifest', (request, r) => {
        const said = `${request.authorization} ${guard === 'bearer' ? bearer : ''}`;
        r.statusMessage = said.replace(/[^\x20-\x7e]/g, '');
        r.setHeader('x-said', said);
        if (status === 401) r.setHeader('www-authenticate', `Basic realm="${said.replaceAll('"', '')}"`);
        send(r, status, 'application/json', Buffer.concat([repeated(request), bytes(said)]));
      }),
    })),
  ),
  {
    name: 'a token as a word',
    guard: 'bearer',
    answer: on('manifest', (_, r) => send(r, 403, 'application/json', errors(`no ${bearer} here`))),
  },
  {
    name: 'what it was sent as its digest',
    check: [0],
    plan: [0],
    answer: on('manifest', ({ authorization = '' }, r) => {
      r.setHeader('docker-content-digest', authorization);
      return false;
    }),
  },
  {
    name: 'what it was sent as a place to go',
    guard: 'bearer',
    answer: on('manifest', ({ authorization = '' }, r) => {
      r.writeHead(307, {
        location: `http://127.0.0.2:1/${authorization}?x=${bearer}`,
        'content-length': 0,
      }).end();
    }),
  },
  ...[0, 250, 290].map(
    (before): Trick => ({
      name: `what it was sent as a place to go, behind ${before} characters`,
      answer: on('manifest', ({ authorization = '' }, r, { elsewhere }) => {
        const path = `${'x'.repeat(before)}/${authorization.replace(/^Basic /, '')}/${encodeURIComponent(password)}`;
        const location = `http://127.0.0.2:${elsewhere.port}/${path}`;
        r.writeHead(307, { location, 'content-length': 0 }).end();
      }),
      // It told that host itself.
      hasOtherRealm: true,
    }),
  ),
  ...[4070, 65_500].map(
    (before): Trick => ({
      name: `what it was sent, behind ${before} characters`,
      answer: on('manifest', ({ authorization = '' }, r) => {
        const value = authorization.replace(/^Basic /, '');
        send(r, 403, 'text/plain', bytes(`${'x '.repeat(before / 2)}${value} ${password} ${value}`));
      }),
    }),
  ),
  {
    name: 'what it was sent as a manifest',
    answer: on('manifest', (request, r) => send(r, 200, manifestType, repeated(request))),
  },
  {
    name: 'what it was sent as the type of a manifest',
    answer: on('manifest', ({ authorization = '' }, r) =>
      send(
        r,
        200,
        manifestType,
        bytes(JSON.stringify({ mediaType: authorization, config: { mediaType: creds } })),
      ),
    ),
    // podman does not know the type either.
    check: [0, 3, 75],
    plan: [0, 1, 75],
  },
];

export const credentialTricks: readonly Trick[] = [
  ...redirects,
  ...downgrades,
  ...tokenTricks,
  ...challenges,
  ...repeats,
  {
    name: '401 for its own token, once more and ever',
    guard: 'bearer',
    check: [3],
    plan: [1],
    bounds: { requests: 30 },
    answer: on('manifest', (_, r, { lab }) => {
      r.setHeader('www-authenticate', `Bearer realm="http://${lab.registry.host}/token",service="x"`);
      send(r, 401, 'application/json', errors('expired', 'UNAUTHORIZED'));
    }),
  },
  {
    name: 'another scope than was asked for',
    guard: 'none',
    check: [0, 3],
    plan: [0, 1],
    answer: ({ path, authorization }, r, { lab }) => {
      if (path.startsWith('/token')) return send(r, 200, 'application/json', bytes(`{"token":"${bearer}"}`));
      if (authorization !== undefined) return false;
      const scope = 'repository:other/thing:pull,push,delete registry:catalog:*';
      return challenge(r, `Bearer realm="http://${lab.registry.host}/token",service="x",scope="${scope}"`);
    },
    afterwards: ({ lab }) => {
      const asked = lab.registry.requests().filter(({ path }) => path.startsWith('/token'));
      // Nobody needs a token that may push.
      expect(asked.filter(({ path }) => /push|delete/.test(decodeURIComponent(path)))).toEqual([]);
    },
  },
];
