import type * as http from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { hostPlatform } from '../../../support/images.js';
import { digestOf, send } from '../../support/memory-registry.js';
import { endless, errors, mebibyte } from '../registries.js';
import { indexType, manifestType, on, raw, type Trick } from './trick.js';

const allTags = ['AllTags=true'];
const configType = 'application/vnd.oci.image.config.v1+json';
const layer = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: `sha256:${'1'.repeat(64)}`,
  size: 1,
};

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const asJson = (response: http.ServerResponse, value: unknown, status = 200) =>
  send(response, status, 'application/json', json(value));

function manifestWith(text: (base: string) => string): Buffer {
  const base = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: configType, digest: digestOf(Buffer.from('{}')), size: 2 },
    layers: [layer],
  });
  return Buffer.from(text(base));
}

/** Sends a byte now and then, until the reader goes. */
function drip(response: http.ServerResponse, everyMs: number): void {
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => clearInterval(timer));
}

const withoutEnd: readonly Trick[] = [
  {
    name: 'a manifest without an end',
    answer: on('manifest', (_, r) => endless(r, { 'content-type': manifestType }, mebibyte)),
  },
  {
    name: 'a manifest without an end, of lines',
    answer: on('manifest', (_, r) =>
      endless(r, { 'content-type': manifestType }, Buffer.from('[\n'.repeat(2 ** 19))),
    ),
  },
  {
    name: 'a manifest of a gigabyte, as it says',
    answer: on('manifest', (_, r) =>
      endless(r, { 'content-type': manifestType, 'content-length': 2 ** 30 }, mebibyte, 2 ** 30),
    ),
  },
  {
    name: 'a manifest that unzips to a gigabyte',
    answer: on('manifest', (_, r) => {
      r.setHeader('content-encoding', 'gzip');
      send(r, 200, manifestType, gzipSync(Buffer.alloc(2 ** 28, ' ')));
    }),
  },
  {
    name: 'a config without an end',
    answer: on('blob', (_, r) => endless(r, { 'content-type': configType }, mebibyte)),
  },
  {
    name: 'tags without an end',
    unit: allTags,
    answer: on('tags', (_, r) => {
      r.writeHead(200, { 'content-type': 'application/json' });
      r.write('{"name":"x","tags":["a"');
      endless(
        Object.assign(r, { writeHead: () => r }),
        {},
        Buffer.from(',"tag-tag-tag-tag-tag"'.repeat(50_000)),
      );
    }),
  },
  ...[403, 404, 429, 500].map(
    (status): Trick => ({
      name: `${status} without an end`,
      answer: on('manifest', (_, r) =>
        endless(Object.assign(r, { writeHead: headOf(r, status) }), {}, mebibyte),
      ),
    }),
  ),
  {
    name: '401 without an end',
    guard: 'none',
    answer: (_, r) =>
      endless(
        Object.assign(r, { writeHead: headOf(r, 401, { 'www-authenticate': 'Basic realm="x"' }) }),
        {},
        mebibyte,
      ),
  },
  {
    name: 'a redirect whose body has no end',
    // Each of the ten leaves some in buffers.
    bounds: { sentMegabytes: 150 },
    answer: on('manifest', (_, r, { app }) =>
      endless(
        Object.assign(r, { writeHead: headOf(r, 307, { location: `/v2/${app.repository}/manifests/2` }) }),
        {},
        mebibyte,
      ),
    ),
  },
];

/** Another status than the 200 of `endless`. */
export function headOf(
  response: http.ServerResponse,
  status: number,
  more: http.OutgoingHttpHeaders = {},
): http.ServerResponse['writeHead'] {
  const writeHead = response.writeHead.bind(response);
  return (() => writeHead(status, more)) as http.ServerResponse['writeHead'];
}

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/vnd.oci.image.manifest.v1+json\r\n';

const lengths: readonly Trick[] = [
  {
    name: 'a manifest that is cut',
    answer: on('manifest', (_, r) => {
      raw(r, `${head}content-length: 1000\r\n\r\n{"schemaVersion":2`);
    }),
  },
  {
    name: 'a manifest that is cut by a reset',
    answer: on('manifest', (_, r) => {
      r.socket?.write(`${head}content-length: 1000\r\n\r\n{"schemaVersion":2`);
      setTimeout(() => r.socket?.resetAndDestroy(), 20);
    }),
  },
  {
    name: 'more than the length says, which looks like an answer of its own',
    answer: on('manifest', (_, r) => {
      const next = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull';
      raw(r, `${head}content-length: 2\r\n\r\n{}${next.repeat(20)}`);
    }),
  },
  {
    name: 'two lengths',
    answer: on('manifest', (_, r) => raw(r, `${head}content-length: 2\r\ncontent-length: 40\r\n\r\n{}`)),
  },
  {
    name: 'a length and chunks',
    answer: on('manifest', (_, r) =>
      raw(r, `${head}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
    ),
  },
  {
    name: 'a length below nothing',
    answer: on('manifest', (_, r) => raw(r, `${head}content-length: -1\r\n\r\n{}`)),
  },
  {
    name: 'a length beyond numbers',
    answer: on('manifest', (_, r) => raw(r, `${head}content-length: ${'9'.repeat(40)}\r\n\r\n{}`)),
  },
  {
    name: 'chunks that are none',
    answer: on('manifest', (_, r) => raw(r, `${head}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`)),
  },
  {
    name: 'a chunk with an extension of megabytes',
    bounds: { sentMegabytes: 150 },
    answer: on('manifest', (_, r) =>
      raw(r, `${head}transfer-encoding: chunked\r\n\r\n2;`, Buffer.alloc(2 ** 24, 'x'), '\r\n{}\r\n'),
    ),
  },
  { name: 'no HTTP', answer: on('manifest', (_, r) => raw(r, 'SSH-2.0-OpenSSH_9.2\r\n')) },
  {
    name: 'no HTTP at all',
    guard: 'none',
    answer: (_, r) => raw(r, '\u0000\u001b[2J\u0000\u0015\u0003\u0001\u0000\u0002\u0001\u0000'),
  },
  ...[204, 205, 206, 300, 304, 418, 451, 511, 999].map(
    (status): Trick => ({
      name: `status ${status}`,
      answer: on('manifest', (_, r) => raw(r, `HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`)),
    }),
  ),
  {
    name: '100 Continue, for ever',
    args: ['--timeout', '4s'],
    bounds: { sentMegabytes: 200 },
    answer: on('manifest', (_, r) => {
      const many = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000));
      const timer = setInterval(() => r.socket?.write(many), 10);
      r.on('close', () => clearInterval(timer));
    }),
  },
];

const slow: readonly Trick[] = [
  {
    name: 'a byte of a manifest now and then',
    args: ['--timeout', '4s'],
    check: [75],
    answer: on('manifest', (_, r) => {
      r.writeHead(200, { 'content-type': manifestType });
      drip(r, 300);
    }),
  },
  {
    name: 'a byte of its headers now and then',
    args: ['--timeout', '4s'],
    check: [75],
    answer: on('manifest', (_, r) => {
      r.socket?.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => r.socket?.write('x'), 300);
      r.on('close', () => clearInterval(timer));
    }),
  },
];

/** A header that is filled with that until the reader goes. */
export function flood({ socket }: http.ServerResponse, filling: Buffer): void {
  if (socket === null) return;
  socket.write(`${head}x: `);
  const more = () => {
    while (!socket.destroyed && socket.write(filling));
  };
  socket.on('drain', more);
  more();
}

const headers: readonly Trick[] = [
  {
    name: 'a header of 20 MB',
    answer: on('manifest', (_, r) => raw(r, `${head}x: `, Buffer.alloc(2e7, 'x'), '\r\n\r\n{}')),
  },
  {
    name: 'a header without an end',
    answer: on('manifest', (_, r) => flood(r, Buffer.alloc(2 ** 20, 'x'))),
  },
  {
    name: 'a header of spaces without an end',
    args: ['--timeout', '4s'],
    bounds: { sentMegabytes: 100_000 },
    answer: on('manifest', (_, r) => flood(r, mebibyte)),
  },
  {
    name: '100,000 headers',
    answer: on('manifest', (_, r) => {
      const many = Array.from({ length: 100_000 }, (__, at) => `x-${at}: y\r\n`).join('');
      raw(r, head, many, 'content-length: 2\r\n\r\n{}');
    }),
  },
  {
    name: '1,500 headers',
    answer: on('manifest', (_, r) => {
      const many = Array.from({ length: 1500 }, (__, at) => `x${at}: \r\n`).join('');
      raw(r, head, many, 'content-length: 2\r\n\r\n{}');
    }),
  },
  {
    name: 'headers of bytes that are no text',
    answer: on('manifest', (_, r) =>
      raw(
        r,
        head,
        Buffer.from([0x78, 0x3a, 0x20, 0xff, 0x00, 0x1b, 0x5b]),
        '\r\ncontent-length: 2\r\n\r\n{}',
      ),
    ),
  },
  {
    name: 'a reason of escape sequences',
    answer: on('manifest', (_, r) =>
      raw(r, 'HTTP/1.1 403 \u001b[2J\u001b]0;x\u0007 denied\r\ncontent-length: 0\r\n\r\n'),
    ),
  },
];

const manifests: readonly Trick[] = [
  {
    name: 'a manifest of a million layers',
    answer: on('manifest', (_, r) => {
      const many = Array(1_000_000).fill(JSON.stringify(layer)).join(',');
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => base.replace(/\[.*\]/, () => `[${many}]`)),
      );
    }),
    bounds: { sentMegabytes: 700 },
  },
  {
    name: 'a manifest of 25,000 layers',
    plan: [0, 1, 75],
    check: [0, 3, 75],
    answer: on('manifest', (_, r) => {
      const many = Array(25_000).fill(JSON.stringify(layer)).join(',');
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => base.replace(/\[.*\]/, () => `[${many}]`)),
      );
    }),
  },
  {
    name: 'a manifest nested 100,000 deep',
    answer: on('manifest', (_, r) =>
      send(r, 200, manifestType, Buffer.from(`{"layers":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)),
    ),
  },
  {
    name: 'a manifest that would change every object',
    plan: [0, 1, 75],
    check: [0, 3, 75],
    answer: on('manifest', (_, r) => {
      const more =
        '"__proto__":{"digest":"sha256:x","config":{}},"constructor":{"prototype":{"layers":1}},"toString":1,';
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => `{${more}${base.slice(1)}`),
      );
    }),
  },
  {
    name: 'a manifest that names its fields twice',
    plan: [0, 1, 75],
    check: [0, 3, 75],
    answer: on('manifest', (_, r) =>
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => `{"layers":[],"config":null,${base.slice(1)}`),
      ),
    ),
  },
  {
    name: 'a manifest after a byte order mark',
    answer: on('manifest', (_, r) =>
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => `\ufeff${base}`),
      ),
    ),
  },
  {
    name: 'a manifest in UTF-16',
    answer: on('manifest', (_, r) =>
      send(r, 200, manifestType, Buffer.from(manifestWith((base) => base).toString(), 'utf16le')),
    ),
  },
  {
    name: 'a manifest of digests of an unknown kind',
    answer: on('manifest', (_, r) =>
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => base.replaceAll('sha256:', 'md5:')),
      ),
    ),
  },
  {
    name: 'an index of 20,000 of this platform, whose manifests are not there',
    answer: on('manifest', ({ what }, r) => {
      if (what !== '1') return false;
      const manifests = Array.from({ length: 20_000 }, (_, at) => ({
        mediaType: manifestType,
        digest: digestOf(Buffer.from(`${at}`)),
        size: 1,
        platform: hostPlatform,
      }));
      send(r, 200, indexType, json({ schemaVersion: 2, mediaType: indexType, manifests }));
      return true;
    }),
  },
  {
    name: 'indexes of indexes, for ever',
    answer: on('manifest', ({ before }, r) => {
      const entry = {
        mediaType: indexType,
        size: 1,
        platform: hostPlatform,
        digest: digestOf(Buffer.from(`${before}`)),
      };
      send(r, 200, indexType, json({ schemaVersion: 2, mediaType: indexType, manifests: [entry] }));
    }),
  },
  {
    name: 'a config of another digest',
    answer: on('blob', (_, r) =>
      send(r, 200, configType, Buffer.from('{"architecture":"amd64","os":"linux"}')),
    ),
    // Nothing in it is needed of an image for one platform that the index names.
    check: [0, 3, 75],
    plan: [0, 1, 75],
  },
  {
    name: 'a digest of another in its header',
    check: [0],
    plan: [0],
    never: [/sha256:0{64}/],
    answer: on('manifest', (_, r) => {
      r.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`);
      return false;
    }),
  },
  {
    name: 'a digest in its header that is none',
    check: [0],
    plan: [0],
    answer: on('manifest', (_, r) => {
      r.setHeader('docker-content-digest', '../../../../etc/passwd');
      return false;
    }),
  },
  {
    name: 'another manifest than that of the digest',
    prepare: ({ app }) => ({ reference: app.pinned }),
    answer: on('manifest', (_, r) =>
      send(
        r,
        200,
        manifestType,
        manifestWith((base) => base),
      ),
    ),
  },
];

const tags: readonly Trick[] = [
  {
    name: 'tags of 30 MB',
    unit: allTags,
    answer: on('tags', (_, r) => {
      asJson(r, { name: 'x', tags: Array.from({ length: 1_500_000 }, (__, at) => `tag-tag-tag-${at}`) });
    }),
    bounds: { sentMegabytes: 300, peakMegabytes: 300 },
  },
  {
    name: 'tags whose next page is the same one',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r, { app }) => {
      r.setHeader('link', `</v2/${app.repository}/tags/list?n=1&last=1>; rel="next"`);
      asJson(r, { name: app.repository, tags: ['1'] });
    }),
  },
  {
    name: 'tags with always another page',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', ({ before }, r, { app }) => {
      r.setHeader('link', `</v2/${app.repository}/tags/list?n=1&last=${before}>; rel="next"`);
      asJson(r, { name: app.repository, tags: [`t${before}`] });
    }),
    bounds: { requests: 5000 },
  },
  {
    name: 'tags whose next page is another host’s',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r, { app, elsewhere }) => {
      r.setHeader('link', `<http://127.0.0.2:${elsewhere.port}/v2/x/tags/list>; rel="next"`);
      asJson(r, { name: app.repository, tags: ['1'] });
    }),
    // The next page is a path of the same registry; nothing follows it elsewhere.
    afterwards: ({ elsewhere }) => expect(elsewhere.asked()).toEqual([]),
  },
  {
    name: 'tags whose next page is another service’s on the same host',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r, { app, elsewhere }) => {
      r.setHeader('link', `<http://127.0.0.1:${elsewhere.port}/v2/x/tags/list>; rel="next"`);
      asJson(r, { name: app.repository, tags: ['1'] });
    }),
  },
  ...['//127.0.0.2:1/x', 'file:///etc/passwd', '<', '<>; rel="next', `<${'x'.repeat(1e4)}>; rel="next"`].map(
    (link, at): Trick => ({
      name: `tags whose next page is no page of a registry, ${at + 1}`,
      unit: allTags,
      check: [0, 3, 75],
      plan: [0, 1, 75],
      answer: on('tags', (_, r, { app }) => {
        r.setHeader('link', /^<.*>/.test(link) ? link : `<${link}>; rel="next"`);
        asJson(r, { name: app.repository, tags: ['1'] });
      }),
    }),
  ),
  {
    name: 'tags that are no tags',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r, { app }) => {
      asJson(r, {
        name: app.repository,
        tags: ['1', '--help', '../../x', '\u001b[31m', '', 'a b', '\u202e', 'x'.repeat(1000), '@sha256:1'],
      });
    }),
  },
  {
    name: 'tags that are numbers and objects',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r) => asJson(r, { name: 'x', tags: [1, null, {}, ['1']] })),
  },
  {
    name: 'the same tag 100,000 times',
    unit: allTags,
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: on('tags', (_, r) => asJson(r, { name: 'x', tags: Array(100_000).fill('1') })),
  },
];

const errorsOf: readonly Trick[] = [
  {
    name: 'errors that are no list',
    answer: on('manifest', (_, r) => asJson(r, { errors: { code: 1, message: { a: 1 } } }, 403)),
    says: [/403|denied|forbidden/i],
  },
  {
    name: 'errors nested without end',
    answer: on('manifest', (_, r) => send(r, 403, 'application/json', Buffer.from('['.repeat(1e5)))),
  },
  {
    name: '10,000 errors',
    answer: on('manifest', (_, r) =>
      asJson(r, { errors: Array(10_000).fill({ code: 'DENIED', message: 'x'.repeat(50) }) }, 403),
    ),
    never: [/x{5000}|(?:x{50}.{0,40}){100}/],
  },
  {
    name: 'an error of lines',
    answer: on('manifest', (_, r) =>
      send(r, 403, 'application/json', errors('a\nerror: all is well\n\n\nwarning: x\r\rb\u2028c')),
    ),
    never: [/^error: all is well/m],
  },
];

/** Whoever is not let in for a while, and for how long. */
const waits: readonly Trick[] = [
  '31536000',
  '99999999999999999999',
  '-5',
  '1e400',
  'soon',
  'Fri, 31 Dec 9999 23:59:59 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  '0, 0',
  '',
].flatMap((text, at): readonly Trick[] =>
  ([429, 503] as const)
    .filter((status) => status === 429 || at % 4 === 0)
    .map((status) => ({
      name: `${status} and Retry-After: ${text}`,
      check: [75],
      plan: [75],
      args: ['--timeout', '20s'],
      bounds: { requests: 20 },
      answer: on('manifest', (_, r) => {
        r.setHeader('retry-after', text);
        r.setHeader('ratelimit-remaining', '-1;w=x');
        r.setHeader('ratelimit-reset', text);
        send(r, status, 'application/json', errors('slower', 'TOOMANYREQUESTS'));
      }),
    })),
);

export const bodyTricks: readonly Trick[] = [
  ...withoutEnd,
  ...lengths,
  ...slow,
  ...headers,
  ...manifests,
  ...tags,
  ...errorsOf,
  ...waits,
  {
    name: 'a connection that ends after each request',
    check: [0],
    plan: [0],
    answer: (_, r) => {
      r.setHeader('connection', 'close');
      return false;
    },
  },
  {
    name: 'a connection that is kept, and gone',
    check: [0],
    plan: [0],
    answer: (_, r) => {
      const { socket } = r;
      r.on('finish', () => setTimeout(() => socket?.destroy(), 1));
      return false;
    },
  },
  {
    name: 'an answer that nobody has asked for',
    check: [0, 3, 75],
    plan: [0, 1, 75],
    answer: (_, r) => {
      const { socket } = r;
      r.on('finish', () =>
        setTimeout(() => socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull'), 1),
      );
      return false;
    },
  },
];
