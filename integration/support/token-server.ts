import { createPrivateKey, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { RegistryAuth } from './registry.js';
import type { CertificateAuthority } from './tls.js';

/** A user, who may pull from and push to the named repositories; `*` means every repository. */
export type TokenUser = { readonly password: string; readonly repositories: readonly string[] };

/** Requests for tokens so far. */
export type TokenCounts = {
  readonly granted: number;
  readonly anonymous: number;
  /** Answered 401 for an unknown user or a wrong password. */
  readonly refused: number;
};

export type TokenServer = {
  /** What the registry has to be started with. */
  readonly auth: RegistryAuth;
  readonly counts: () => TokenCounts;
  readonly stop: () => Promise<void>;
};

type Access = { readonly type: string; readonly name: string; readonly actions: readonly string[] };

const service = 'test registry';
const issuer = 'test token server';

/**
 * Starts a token server: distribution `docs/spec/auth/token.md` and `jwt.md`. Tokens are ES256 with an `x5c`
 * chain. As at the public registries, who gives no credentials gets a token, but one that allows nothing.
 */
export async function startTokenServer(
  authority: CertificateAuthority,
  users: Readonly<Record<string, TokenUser>>,
): Promise<TokenServer> {
  const { certFile, keyFile } = await authority.issue('token-server');
  const certificate = new X509Certificate(await readFile(certFile)).raw.toString('base64');
  const key = createPrivateKey(await readFile(keyFile));
  const counts = { granted: 0, anonymous: 0, refused: 0 };

  const server = createServer((request, response) => {
    const credentials = basicCredentials(request);
    const user = credentials && users[credentials.name];
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    if (credentials && user?.password !== credentials.password) {
      counts.refused += 1;
      reply(401, { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] });
      return;
    }
    counts[user ? 'granted' : 'anonymous'] += 1;
    const allowed = user?.repositories ?? [];
    const access = requestedAccess(request).filter(
      ({ type, name }) => type === 'repository' && (allowed.includes('*') || allowed.includes(name)),
    );
    const token = signToken(credentials?.name ?? '', access, certificate, key);
    reply(200, { token, access_token: token, expires_in: 300 });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : undefined;
  return {
    auth: {
      kind: 'token',
      realm: `http://127.0.0.1:${port}/token`,
      service,
      issuer,
      rootCertBundle: authority.certFile,
    },
    counts: () => ({ ...counts }),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function basicCredentials(request: IncomingMessage): { name: string; password: string } | undefined {
  const [, encoded] = /^Basic (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

function requestedAccess(request: IncomingMessage): readonly Access[] {
  const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
  return scopes.map((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    return { type, name, actions: actions.split(',') };
  });
}

function signToken(subject: string, access: readonly Access[], certificate: string, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: 'JWT', alg: 'ES256', x5c: [certificate] };
  const claims = {
    iss: issuer,
    sub: subject,
    aud: service,
    exp: now + 300,
    nbf: now - 10,
    iat: now,
    jti: randomUUID(),
    access,
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  // RFC 7518, section 3.4: R and S side by side, not DER.
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
