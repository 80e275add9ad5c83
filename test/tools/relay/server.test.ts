import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { listenOnLoopback, privilegedPorts } from '../../../src/tools/relay/listen.js';
import { parseRequestPath } from '../../../src/tools/relay/request-path.js';
import { bytesOf, contentOf, digestOf, getFrom, openRig } from './relay-rig.js';

const secret = '0123456789abcdef0123456789abcdef';
const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  [
    `/v2/${secret}/r0/app/manifests/latest`,
    { kind: 'manifest', registry: 0, repository: 'app', reference: 'latest' },
  ],
  [
    `/v2/${secret}/r12/a/manifests/b/manifests/${digest}`,
    { kind: 'manifest', registry: 12, repository: 'a/manifests/b', reference: digest },
  ],
  [`/v2/${secret}/r0/a/b/blobs/${digest}`, { kind: 'blob', registry: 0, repository: 'a/b', digest }],
  [
    `/${secret}/${secret}/r3/a/b@sha256=${'a'.repeat(64)}/signature-1`,
    { kind: 'lookaside', registry: 3, path: `a/b@sha256=${'a'.repeat(64)}/signature-1` },
  ],
])('%s is known', (path, parsed) => {
  expect(parseRequestPath(path, secret)).toEqual(parsed);
});

test.each([
  '',
  '/',
  '/v2',
  `/v2/${secret}`,
  `/v2/${secret}/r0/app`,
  `/v2/${secret}/r0/manifests/latest`,
  `/v2/${secret}/r/app/manifests/latest`,
  `/v2/${secret}/r12345/app/manifests/latest`,
  `/v2/${secret}/r0/app/tags/list`,
  `/v2/${secret.slice(1)}/r0/app/manifests/latest`,
  `/v2/${secret.replace('0', '1')}/r0/app/manifests/latest`,
  `/v2/${secret.toUpperCase()}/r0/app/manifests/latest`,
  `/v2/${secret}/r0/../app/manifests/latest`,
  `/v2/${secret}/r0/./app/manifests/latest`,
  `/v2/${secret}/r0/app/manifests/..`,
  `/v2/${secret}/r0/app/manifests/latest?n=1`,
  `/v2/${secret}/r0/a%2fb/manifests/latest`,
  `/v2/${secret}/r0/${'a'.repeat(3000)}/manifests/latest`,
  `http://127.0.0.1/v2/${secret}/r0/app/manifests/latest`,
  `/${secret}/r0/app@sha256=0/signature-1`,
  `/${secret}/${secret.replace('0', '1')}/r0/app@sha256=0/signature-1`,
])('“%s” is not known', (path) => {
  expect(parseRequestPath(path, secret)).toBeNull();
});

test('manifests are served by their tag and their digests, with their types', async () => {
  const rig = await openRig();
  const [index, child] = [Buffer.from('{"manifests":[]}'), Buffer.from('{"layers":[]}')];
  const { manifests } = contentOf(index);
  const config = { digest: digestOf(Buffer.from('{}')), size: 2, bytes: Buffer.from('{}') };
  const content = { ...contentOf(index), manifests: [...manifests, ...contentOf(child).manifests], config };
  const image = { reference: '1.0', content, layers: new Map(), partial: new Set<string>() };
  rig.relay.serve(image);
  for (const [reference, bytes] of [
    ['1.0', index],
    [digestOf(index), index],
    [digestOf(child), child],
  ] as const) {
    const { status, headers, body } = await rig.get(`app/manifests/${reference}`);
    expect([status, await body()]).toEqual([200, bytes]);
    expect(headers['content-type']).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(headers['docker-content-digest']).toBe(digestOf(bytes));
    const head = await rig.get(`app/manifests/${reference}`, { method: 'HEAD' });
    expect([head.headers['content-length'], await head.body()]).toEqual([`${bytes.length}`, Buffer.alloc(0)]);
  }
  for (const path of ['app/manifests/2.0', `app/manifests/${digest}`, 'other/manifests/1.0']) {
    const { status, body } = await rig.get(path);
    expect([status, JSON.parse(String(await body()))]).toMatchObject([
      404,
      { errors: [{ code: 'MANIFEST_UNKNOWN' }] },
    ]);
  }
  const got = await rig.getBlob(config.digest);
  expect([got.status, await got.body()]).toEqual([200, config.bytes]);
  rig.relay.serve({ ...image, content: contentOf(child) });
  expect(await (await rig.get('app/manifests/1.0')).body()).toEqual(child);
  expect(rig.events).toEqual([]);
});

test('a blob that no image of the repository has is asked of nobody', async () => {
  const rig = await openRig();
  const known = rig.add(bytesOf(100));
  for (const path of [
    `app/blobs/${digest}`,
    `other/blobs/${known}`,
    'app/blobs/sha256:1',
    'app/blobs/latest',
  ]) {
    expect((await rig.get(path)).status).toBe(404);
  }
  expect(rig.events).toEqual([]);
});

test('a HEAD of a blob needs nothing of it', async () => {
  const rig = await openRig();
  const known = rig.add(bytesOf(100));
  const { status, headers } = await rig.getBlob(known, { method: 'HEAD' });
  expect([status, headers['content-length']]).toEqual([200, '100']);
  expect(rig.events).toEqual([]);
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is answered with nothing', async (method) => {
  const rig = await openRig();
  const { status, body } = await rig.getBlob(rig.add(bytesOf(100)), { method });
  expect([status, await body()]).toEqual([404, Buffer.alloc(0)]);
});

test('signatures come from the lookaside of the registry, under its own paths', async () => {
  const asked: string[] = [];
  const answers: Record<string, Buffer | 'refused'> = { 1: Buffer.from('signature'), 3: 'refused' };
  const rig = await openRig({
    lookaside: async (registry, path) => {
      asked.push(`${registry} ${path}`);
      if (path.endsWith('4')) throw new Error('not now');
      return answers[path.slice(-1)];
    },
  });
  const url = (number: number) => {
    const location = rig.relay.locationOf('registry.example.com').slice(rig.relay.host.length);
    return `${rig.relay.lookasideOf('registry.example.com')}${location}/ns/app@sha256=00/signature-${number}`;
  };
  const found = await getFrom(url(1));
  expect([found.status, String(await found.body())]).toEqual([200, 'signature']);
  expect((await getFrom(url(2))).status).toBe(404);
  expect((await getFrom(url(3))).status).toBe(403);
  await expect(getFrom(url(4))).rejects.toThrow();
  expect(asked[0]).toBe('registry.example.com ns/app@sha256=00/signature-1');
});

/** What a server says to bytes that somebody sends. */
async function answerTo(host: string, bytes: string): Promise<string> {
  const [, port] = host.split(':');
  const socket = connect(Number(port), '127.0.0.1');
  let said = '';
  socket.on('data', (data) => {
    said += data;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return said;
}

test.each([
  ['rubbish', 'rubbish\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['a header without end', `GET /v2/ HTTP/1.1\r\nx: ${'x'.repeat(100_000)}`, /^(?:HTTP\/1\.1 4\d\d |$)/],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
  ['an upgrade', 'GET /v2/ HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', /^$/],
  ['no host', 'GET /v2/ HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
])('%s ends the connection, and nothing else', async (_, bytes, answer) => {
  const rig = await openRig();
  expect(await answerTo(rig.relay.host, bytes)).toMatch(answer);
  expect((await getFrom(`http://${rig.relay.host}/v2/`)).status).toBe(200);
});

test('TLS, which podman tries first, is refused at once', async () => {
  const rig = await openRig();
  const socket = connectTls(Number(rig.relay.host.split(':')[1]), '127.0.0.1');
  await expect(once(socket, 'secureConnect')).rejects.toThrow();
});

afterEach(() => vi.restoreAllMocks());

test('where there are ports that other users cannot take, it is one of them', async () => {
  const ports = privilegedPorts();
  for (const port of ports) expect(port).toBeGreaterThanOrEqual(512);
  expect(ports).not.toContain(631);
  const rig = await openRig();
  const port = Number(rig.relay.host.split(':')[1]);
  expect(rig.relay.isPrivileged).toBe(ports.includes(port));
});

test('a port that is taken is left for the next; without any, it is a common one', async () => {
  const [taken, server, other] = [createServer(), createServer(), createServer()];
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const [own, none] = [await listenOnLoopback(server, [port, port]), await listenOnLoopback(other, [])];
  expect(own.isPrivileged).toBe(false);
  expect(own.port).not.toBe(port);
  expect(none.isPrivileged).toBe(false);
  for (const each of [taken, server, other]) each.close();
});
