import { readFileSync } from 'node:fs';
import type * as http from 'node:http';
import { gzipSync } from 'node:zlib';
import { send } from '../../support/memory-registry.js';
import { flood, headOf } from '../client/bodies.js';
import { elsewheres, nowheres } from '../client/credentials.js';
import { bearer, raw } from '../client/trick.js';
import { challenge, endless, errors, mebibyte, repeated } from '../registries.js';
import { type BlobAsk, type BlobTrick, cut, sendPart } from './blob-trick.js';

const blobType = 'application/octet-stream';
const failed = [1, 75];
/** It may come in the end; if so, it is right. */
const either = [0, 1, 75];
const patient = ['--retries', '3'];

const all = (response: http.ServerResponse, { content }: BlobAsk) => send(response, 200, blobType, content);
const head = 'HTTP/1.1 200 OK\r\n';

/** Bytes of the right number that are others. */
function wrong(content: Buffer): Buffer {
  return Buffer.from(content.map((byte) => byte ^ 0xff));
}

const lengths: readonly BlobTrick[] = [
  {
    name: 'bytes without an end',
    status: failed,
    answer: (_, r) => endless(r, {}, mebibyte),
  },
  {
    name: 'bytes without an end, of a large one',
    isLarge: true,
    status: failed,
    answer: (_, r) => endless(r, {}, mebibyte),
  },
  {
    name: 'a gigabyte, as it says',
    status: failed,
    answer: (_, r) => endless(r, { 'content-length': 2 ** 30 }, mebibyte, 2 ** 30),
  },
  {
    name: 'a byte too many',
    status: failed,
    answer: ({ content }, r) => send(r, 200, blobType, Buffer.concat([content, Buffer.from('x')])),
  },
  {
    name: 'a byte too few',
    isLarge: true,
    status: failed,
    answer: ({ content }, r) => send(r, 200, blobType, content.subarray(0, -1)),
  },
  { name: 'nothing', status: failed, answer: (_, r) => send(r, 200, blobType, Buffer.alloc(0)) },
  {
    name: 'a length beyond numbers',
    status: failed,
    answer: ({ content }, r) => raw(r, `${head}content-length: ${'9'.repeat(40)}\r\n\r\n`, content),
  },
  {
    name: 'a length below nothing',
    status: failed,
    answer: ({ content }, r) => raw(r, `${head}content-length: -1\r\n\r\n`, content),
  },
  {
    name: 'two lengths',
    status: failed,
    answer: ({ content }, r) =>
      raw(r, `${head}content-length: 2\r\ncontent-length: ${content.length}\r\n\r\n`, content),
  },
  {
    name: 'a length and chunks',
    status: failed,
    answer: ({ content }, r) =>
      raw(r, `${head}content-length: ${content.length}\r\ntransfer-encoding: chunked\r\n\r\n`, content),
  },
  {
    name: 'chunks, and no length',
    isLarge: true,
    status: [0],
    answer: ({ content }, r) => r.writeHead(200).end(content),
  },
  {
    name: 'a chunk with an extension of megabytes',
    status: failed,
    answer: (_, r) =>
      raw(r, `${head}transfer-encoding: chunked\r\n\r\n2;`, Buffer.alloc(2 ** 24, 'x'), '\r\nxx\r\n'),
    bounds: { sentMegabytes: 150 },
  },
  { name: 'no HTTP', status: failed, answer: (_, r) => raw(r, 'SSH-2.0-OpenSSH_9.2\r\n') },
  ...[204, 205, 206, 300, 304, 416, 418, 451, 999].map(
    (status): BlobTrick => ({
      name: `status ${status}`,
      status: failed,
      answer: (_, r) => raw(r, `HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`),
    }),
  ),
];

const wrongBytes: readonly BlobTrick[] = [
  {
    name: 'other bytes',
    status: failed,
    args: patient,
    // Once more, and no more.
    bounds: { requests: 20 },
    answer: ({ content }, r) => send(r, 200, blobType, wrong(content)),
  },
  {
    name: 'other bytes, of a large one',
    isLarge: true,
    status: failed,
    args: patient,
    bounds: { requests: 20 },
    answer: ({ content }, r) => send(r, 200, blobType, wrong(content)),
  },
  {
    name: 'other bytes, the first time',
    isLarge: true,
    status: [0],
    args: patient,
    answer: (ask, r) => (ask.before === 0 ? send(r, 200, blobType, wrong(ask.content)) : all(r, ask)),
  },
  {
    name: 'other bytes up to where it cuts the connection',
    isLarge: true,
    status: [0],
    args: patient,
    answer: (ask, r) => {
      const { before, content, from = 0 } = ask;
      if (before === 0) cut(r, { ...ask, content: wrong(content) }, content.length / 2);
      else if (from > 0) sendPart(r, ask, from);
      else all(r, ask);
    },
  },
];

/** After a first answer that is cut in the middle. */
const rests: readonly BlobTrick[] = [
  { name: 'all of it, to who wants the rest', status: [0], answer: (ask, r) => all(r, ask) },
  { name: 'the rest', status: [0], answer: (ask, r) => sendPart(r, ask, ask.from ?? 0) },
  {
    name: 'a rest that begins sooner, as it says',
    status: either,
    answer: (ask, r) => sendPart(r, ask, 100),
  },
  {
    name: 'a rest that begins sooner, and does not say so',
    status: either,
    answer: (ask, r) => {
      const { content, from = 0 } = ask;
      const body = Buffer.concat([content.subarray(100), content]).subarray(0, content.length - from);
      const said = `bytes ${from}-${content.length - 1}/${content.length}`;
      r.writeHead(206, { 'content-range': said, 'content-length': body.length }).end(body);
    },
  },
  {
    name: 'a rest that begins later',
    status: either,
    answer: (ask, r) => sendPart(r, ask, (ask.from ?? 0) + 100),
  },
  {
    name: 'a rest of another size',
    status: either,
    answer: (ask, r) =>
      sendPart(r, ask, ask.from ?? 0, `bytes ${ask.from}-${ask.content.length - 1}/9999999`),
  },
  {
    name: 'a rest of no place',
    status: either,
    answer: (ask, r) => sendPart(r, ask, ask.from ?? 0, 'bytes */*'),
  },
  {
    name: 'a rest without an end',
    status: either,
    answer: ({ from = 0, content }, r) => {
      const said = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
      endless(Object.assign(r, { writeHead: headOf(r, 206, said) }), {}, mebibyte);
    },
  },
  {
    name: 'several parts',
    status: either,
    answer: (_, r) => r.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end('--x--'),
  },
  {
    name: '416',
    status: either,
    answer: ({ from, content }, r) => {
      if (from === undefined) return false;
      return r.writeHead(416, { 'content-range': `bytes */${content.length}`, 'content-length': 0 }).end();
    },
  },
  {
    name: '404',
    status: failed,
    answer: (_, r) => send(r, 404, 'application/json', errors('gone', 'BLOB_UNKNOWN')),
  },
  {
    name: '401, as if it had forgotten who asks',
    status: either,
    answer: ({ before, content, from }, r) => {
      if (before === 1) challenge(r);
      else if (from === undefined) return false;
      else sendPart(r, { content }, from);
      return true;
    },
  },
  {
    name: 'one byte of the rest, each time',
    status: failed,
    args: ['--retries', '3', '--timeout', '20s'],
    bounds: { requests: 300 },
    answer: (ask, r) => cut(r, ask, 1),
  },
];

const parts = rests.map(
  (trick): BlobTrick => ({
    args: patient,
    isLarge: true,
    ...trick,
    name: `a half, and then ${trick.name}`,
    answer: (ask, r, scene) => {
      if (ask.before > 0) return trick.answer(ask, r, scene);
      cut(r, ask, Math.floor(ask.content.length / 2));
      return true;
    },
  }),
);

const slow: readonly BlobTrick[] = [
  {
    name: 'silence',
    status: [75],
    args: ['--timeout', '4s'],
    answer: () => true,
  },
  {
    name: 'silence, again and again',
    status: [75],
    args: ['--stall-timeout', '1s', '--retries', '1', '--timeout', '30s'],
    answer: () => true,
  },
  {
    name: 'half of it, and silence',
    isLarge: true,
    status: [75],
    args: ['--stall-timeout', '1s', '--retries', '1', '--timeout', '30s'],
    answer: ({ content, from = 0 }, r) => {
      if (from > 0) return true;
      r.writeHead(200, { 'content-length': content.length });
      r.write(content.subarray(0, content.length / 2));
      return true;
    },
  },
  {
    name: 'a byte now and then',
    status: [75],
    args: ['--timeout', '5s'],
    answer: ({ content }, r) => {
      r.writeHead(200, { 'content-length': content.length });
      let at = 0;
      const timer = setInterval(() => {
        r.write(content.subarray(at, at + 1));
        at += 1;
      }, 300);
      r.on('close', () => clearInterval(timer));
    },
  },
  {
    name: 'a byte of its headers now and then',
    status: [75],
    args: ['--timeout', '5s'],
    answer: (_, r) => {
      r.socket?.write(`${head}x: `);
      const timer = setInterval(() => r.socket?.write('x'), 300);
      r.on('close', () => clearInterval(timer));
    },
  },
];

const headers: readonly BlobTrick[] = [
  {
    name: 'a header of 20 MB',
    status: failed,
    answer: ({ content }, r) => raw(r, `${head}x: `, Buffer.alloc(2e7, 'x'), '\r\n\r\n', content),
  },
  {
    name: 'a header without an end',
    status: failed,
    answer: (_, r) => flood(r, Buffer.alloc(2 ** 20, 'x')),
  },
  {
    name: '100,000 headers',
    status: either,
    answer: ({ content }, r) => {
      const many = Array.from({ length: 100_000 }, (_, at) => `x-${at}: y\r\n`).join('');
      raw(r, head, many, `content-length: ${content.length}\r\n\r\n`, content);
    },
  },
  {
    name: 'a digest of another in its header',
    status: [0],
    answer: (_, r) => {
      r.setHeader('docker-content-digest', `sha256:${'0'.repeat(64)}`);
      return false;
    },
  },
  {
    name: 'headers for podman',
    status: [0],
    answer: (_, r) => {
      r.setHeader('location', 'http://127.0.0.2/');
      r.setHeader('www-authenticate', 'Bearer realm="http://127.0.0.2/"');
      r.setHeader('docker-distribution-api-version', 'registry/1.0');
      return false;
    },
  },
  {
    name: 'an encoding that it does not have',
    status: either,
    answer: ({ content }, r) => {
      r.setHeader('content-encoding', 'gzip');
      send(r, 200, blobType, content);
    },
  },
  {
    name: 'an encoding that nobody asked for',
    status: either,
    answer: ({ content }, r) => {
      r.setHeader('content-encoding', 'gzip');
      send(r, 200, blobType, gzipSync(content));
    },
  },
  {
    name: 'an encoding that makes a gigabyte of it',
    status: failed,
    answer: (_, r) => {
      r.setHeader('content-encoding', 'gzip');
      send(r, 200, blobType, gzipSync(Buffer.alloc(2 ** 28, ' ')));
    },
  },
  {
    name: 'an unknown encoding',
    status: either,
    answer: ({ content }, r) => {
      r.setHeader('content-encoding', 'x, br, gzip, \u00ff');
      send(r, 200, blobType, content);
    },
  },
  {
    name: '100 Continue, for ever',
    status: [75],
    args: ['--timeout', '4s'],
    bounds: { sentMegabytes: 200 },
    answer: (_, r) => {
      const many = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000));
      const timer = setInterval(() => r.socket?.write(many), 10);
      r.on('close', () => clearInterval(timer));
    },
  },
];

const refusals: readonly BlobTrick[] = [
  ...[401, 403, 404, 429, 500].map(
    (status): BlobTrick => ({
      name: `${status} without an end`,
      status: failed,
      args: ['--timeout', '20s'],
      answer: (_, r) => {
        const more = { 'www-authenticate': 'Basic realm="x"' };
        endless(Object.assign(r, { writeHead: headOf(r, status, more) }), {}, mebibyte);
      },
    }),
  ),
  ...[400, 401, 403, 404, 500].map(
    (status): BlobTrick => ({
      name: `${status} and what it was sent`,
      status: failed,
      answer: ({ request }, r) => send(r, status, 'application/json', repeated(request)),
    }),
  ),
  {
    name: '403 and a message of escape sequences',
    status: failed,
    answer: (_, r) =>
      send(r, 403, 'application/json', errors('\u001b[2J\u001b]8;;http://x\u0007\r\nerror: done')),
  },
  {
    name: '401, whoever asks',
    status: failed,
    args: patient,
    bounds: { requests: 30 },
    answer: (_, r) => challenge(r),
  },
  {
    name: '401 for each of its tokens',
    status: failed,
    args: patient,
    bounds: { requests: 60 },
    answer: ({ before }, r, { lab: { registry } }) => {
      const scope = `scope="repository:x:pull,${before}"`;
      challenge(r, `Bearer realm="http://${registry.host}/token?${bearer}",service="x",${scope}`);
    },
  },
  ...[429, 503].map(
    (status): BlobTrick => ({
      name: `${status} and a wait of a year`,
      status: [75],
      args: ['--timeout', '5s'],
      bounds: { requests: 20 },
      answer: (_, r) => {
        r.setHeader('retry-after', '31536000');
        send(r, status, 'application/json', errors('slower', 'TOOMANYREQUESTS'));
      },
    }),
  ),
];

/** Ports of loopback below 1024 on which somebody listens: our own relay among them. Source: proc(5), /proc/net/tcp. */
export function privilegedListeners(): readonly number[] {
  const text = readFileSync('/proc/net/tcp', 'latin1');
  const listening = [...text.matchAll(/^\s*\d+: 0100007F:([0-9A-F]{4}) 0{8}:0{4} 0A /gm)];
  return listening.map(([, port = '']) => Number.parseInt(port, 16)).filter((port) => port < 1024);
}

const redirects: readonly BlobTrick[] = [
  ...[...elsewheres, ...nowheres].map(
    ({ name, url }): BlobTrick => ({
      name: `a redirect to ${name}`,
      status: failed,
      args: ['--timeout', '30s'],
      answer: (_, r, scene) => {
        const location = url(scene);
        r.writeHead(307, { 'content-length': 0, ...(location !== undefined && { location }) }).end();
      },
    }),
  ),
  ...['/v2/', '/', '/v2/x/r0/x/blobs/sha256:0'].map(
    (path): BlobTrick => ({
      name: `a redirect to who asks, at ${path}`,
      status: failed,
      answer: (_, r) => {
        const [port = 1] = privilegedListeners();
        r.writeHead(307, { 'content-length': 0, location: `http://127.0.0.1:${port}${path}` }).end();
      },
    }),
  ),
];

export const blobTricks: readonly BlobTrick[] = [
  ...lengths,
  ...wrongBytes,
  ...parts,
  ...slow,
  ...headers,
  ...refusals,
  ...redirects,
];
