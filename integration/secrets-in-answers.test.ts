import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost, outputOf } from './support/bound-host.js';
import { quadlet } from './support/entries.js';
import { authJson, type Tree } from './support/host.js';
import { podmanOf } from './support/podman-suites.js';
import { dealt } from './support/sample.js';
import { type Cleanup, newCleanup } from './support/temp.js';

const perTest = newCleanup();
afterEach(perTest.run);
const cleanup = newCleanup();
afterAll(cleanup.run);

const password = 'p&ss "w0rd"/+x';
const creds = `robot:${password}`;
const encoded = Buffer.from(creds).toString('base64');
const identity = 'identity-0123456789';
/** All that must not be in any output, in the forms that a careful reader knows. */
const secrets = [
  ...[password, encoded, identity, 'X-Amz-Signature', 'signed-by-nobody', 'proxy-pw-1'],
  ...[encodeURIComponent(password), JSON.stringify(password).slice(1, -1)],
  ...[Buffer.from(password).toString('base64').slice(0, -3), Buffer.from(password).toString('hex')],
];

type Answer = (request: IncomingMessage, response: ServerResponse, host: string) => void;

function json(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** A registry that wants a password, and tells what it got. */
async function startTalker(into: Cleanup, answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    const { host = '' } = request.headers;
    if (request.headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="talker"' }).end();
    } else if (request.url === '/v2/') response.writeHead(200).end('{}');
    else answer(request, response, host);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  into.add(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

/** What a registry may make of what it got, one after the other in one answer. */
const forms: readonly { name: string; form: (authorization: string) => string }[] = [
  { name: 'the header', form: (authorization) => authorization },
  { name: 'the header in JSON', form: (authorization) => JSON.stringify({ authorization }) },
  { name: 'the password', form: () => `no ${password} here` },
  { name: 'the password in a URL', form: () => `/login?no=1&p=${encodeURIComponent(password)}` },
  { name: 'the password in base64', form: () => Buffer.from(`xy${password}`).toString('base64') },
  { name: 'the password in hexadecimal', form: () => Buffer.from(password).toString('hex') },
  { name: 'the password in HTML', form: () => password.replace('&', '&amp;').replaceAll('"', '&quot;') },
];

const answers: readonly { name: string; answer: (text: string) => Answer }[] = [
  {
    name: 'error of its own',
    answer: (text) => (_, response) => json(response, 403, 'DENIED', text),
  },
  {
    name: 'error that passes',
    answer: (text) => (_, response) => json(response, 503, 'UNAVAILABLE', text),
  },
  {
    name: 'page',
    answer: (text) => (_, response) =>
      void response.writeHead(403, { 'content-type': 'text/html' }).end(text),
  },
];

const places: readonly { name: string; newRoot: (registry: string) => Tree }[] = [
  {
    name: 'an auth file of the root',
    newRoot: (registry) => ({
      ...quadlet('app.image', `Image=${registry}/a/b:1`, 'TLSVerify=false', 'AuthFile=/usr/lib/auth.json'),
      'usr/lib/auth.json': authJson({ [registry]: creds }),
    }),
  },
  {
    name: 'Creds=',
    newRoot: (registry) =>
      quadlet('app.image', `Image=${registry}/a/b:1`, 'TLSVerify=false', `Creds=${creds}`),
  },
];

/** Runs a pull in both formats and all kinds of progress, and returns all that it wrote. */
async function allOutput(host: BoundHost, ...more: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const args of [
    ['--format', 'json', '--progress', 'json', '-v'],
    ['--format', 'human', '--progress', 'plain'],
  ]) {
    const result = await host.pull(...args, '--retries', '0', ...more);
    expect(result.exitCode).toBeOneOf([1, 75]);
    texts.push(outputOf(result));
  }
  const record = join(host.store.root, 'bound-images');
  for (const entry of await readdir(record, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'utf8'));
  }
  return texts.join('\n');
}

const versions = ['4.3', '5.8', '6.1'] as const;

describe.each(versions)('podman %s: no secret is shown that a registry repeats', (version) => {
  test.each(dealt(answers, version, versions))('in an $name', async ({ answer }) => {
    for (const { newRoot } of places) {
      const registry = await startTalker(perTest, (request, response, host) => {
        const said = forms.map(({ form }) => form(request.headers.authorization ?? ''));
        answer(said.join(' | '))(request, response, host);
      });
      const programs = await podmanOf(version);
      for (const args of [[], ['--direct']]) {
        const host = await newBoundHost(perTest, { newRoot: newRoot(registry), programs });
        const output = await allOutput(host, ...args);
        expect(output).toContain('***');
        for (const secret of secrets) expect(output).not.toContain(secret);
      }
    }
  });

  test('that podman finds by itself', async () => {
    const registry = await startTalker(perTest, (_, response) =>
      json(response, 403, 'DENIED', `no ${password}!`),
    );
    const newRoot = quadlet('app.image', `Image=${registry}/a/b:1`, 'TLSVerify=false');
    const { currentRoot } = await newBoundHost(perTest, {
      newRoot,
      currentRoot: { 'auth.json': authJson({ [registry]: creds }) },
    });
    const env = { REGISTRY_AUTH_FILE: join(currentRoot, 'auth.json') };
    const host = await newBoundHost(perTest, { newRoot, programs: await podmanOf(version), env });
    const output = await allOutput(host);
    expect(output).toContain('no ***!');
    for (const secret of secrets) expect(output).not.toContain(secret);
  });
});

test.each([
  { name: 'we', args: [], shown: 'http://127.0.0.1:9: ' },
  { name: 'podman itself', args: ['--direct'], shown: '127.0.0.1:9/bucket/blob?***' },
])('a presigned address of a blob store that $name cannot reach is not shown', async ({ args, shown }) => {
  const address = 'http://127.0.0.1:9/bucket/blob?X-Amz-Credential=A&X-Amz-Signature=signed-by-nobody';
  const config = `sha256:${'1'.repeat(64)}`;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 100 },
    layers: [],
  });
  const registry = await startTalker(perTest, (request, response) => {
    if (/manifests/.test(request.url ?? ''))
      response.writeHead(200, { 'content-type': mediaType }).end(manifest);
    else response.writeHead(307, { location: address }).end();
  });
  const newRoot = places[0]?.newRoot(registry) ?? {};
  const output = await allOutput(await newBoundHost(perTest, { newRoot }), ...args);
  expect(output).toContain(shown);
  for (const secret of secrets) expect(output).not.toContain(secret);
});

test('the password of a proxy is not shown', async () => {
  const newRoot = quadlet('app.image', 'Image=registry.invalid/a/b:1');
  const env = { HTTPS_PROXY: 'http://user:proxy-pw-1@127.0.0.1:9' };
  const output = await allOutput(await newBoundHost(perTest, { newRoot, env }));
  for (const secret of secrets) expect(output).not.toContain(secret);
});
