import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { foundText } from '../../../support/found.js';
import { as, openClient, serve, sourceAt, within } from './local-registry.js';

const manifest = '{"schemaVersion":2}';
const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;

test('a manifest is had from a registry that wants nobody to say who asks', async () => {
  await using registry = await serve((_, response) => response.end(manifest));
  using client = openClient();
  const source = sourceAt(registry.host);
  expect(await client.manifest(source, '1', within)).toEqual(foundText(manifest, digest));
  expect(await client.manifest(source, digest, within)).toEqual(foundText(manifest, digest));
  expect(registry.asked).toEqual(['GET /v2/app/manifests/1', `GET /v2/app/manifests/${digest}`]);
});

test('a password is given to a registry that asks for one, and the next time at once', async () => {
  await using registry = await serve((request, response) => {
    if (request.headers.authorization === `Basic ${btoa('me:secret')}`) response.end(manifest);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  });
  using client = openClient();
  const source = sourceAt(registry.host, as({ kind: 'password', username: 'me', password: 'secret' }));
  await client.manifest(source, '1', within);
  expect(await client.manifest(source, '2', within)).toMatchObject({ kind: 'found', digest });
  expect(registry.asked).toEqual([
    'GET /v2/app/manifests/1',
    `GET /v2/app/manifests/1 Basic ${btoa('me:secret')}`,
    `GET /v2/app/manifests/2 Basic ${btoa('me:secret')}`,
  ]);
});

test('a token is asked for once for all questions about a repository', async () => {
  await using registry = await serve((request, response) => {
    if (request.url?.startsWith('/token') === true) {
      response.end('{"token":"abc"}');
      return;
    }
    if (request.headers.authorization === 'Bearer abc') {
      response.end(manifest);
      return;
    }
    const challenge = `Bearer realm="http://${request.headers.host}/token?x=y",service="s",scope="repository:app:pull"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
  });
  using client = openClient();
  const source = sourceAt(registry.host);
  const answers = await Promise.all(['1', '2', '3', '4'].map((tag) => client.manifest(source, tag, within)));
  expect(answers.map(({ kind }) => kind)).toEqual(['found', 'found', 'found', 'found']);
  expect(registry.asked.filter((each) => each.includes('/token'))).toEqual([
    'GET /token?x=y&service=s&scope=repository%3Aapp%3Apull',
  ]);
  expect(registry.asked.filter((each) => !each.includes('abc') && !each.includes('/token'))).toHaveLength(1);
});

test('every byte of every body is counted by the limit of the rate', async () => {
  await using registry = await serve((request, response) => {
    if (request.url?.startsWith('/token') === true) response.end('{"token":"abc"}');
    else if (request.headers.authorization === 'Bearer abc') response.end(manifest);
    else {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="s",scope="repository:app:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end('{}');
    }
  });
  let taken = 0;
  const take = (bytes: number) => {
    taken += bytes;
    return 0;
  };
  using client = openClient({ rateLimit: { take, pieceBytes: 1000 } });
  expect(await client.manifest(sourceAt(registry.host), '1', within)).toMatchObject({ digest });
  expect(taken).toBe(manifest.length + '{"token":"abc"}'.length + '{}'.length);
});
