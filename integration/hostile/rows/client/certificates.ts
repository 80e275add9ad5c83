import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import * as https from 'node:https';
import * as net from 'node:net';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import type { Tree } from '../../../support/host.js';
import { type CertificateToMake, type Certifier, newCertifier } from '../../support/certificates.js';
import type { Scene, Setting, Trick } from './trick.js';

interface Wrong {
  readonly name: string;
  readonly certificate?: CertificateToMake;
  /** As the reference names the registry. */
  readonly host?: '127.0.0.1' | 'localhost';
  readonly server?: (certifier: Certifier) => TlsOptions | Promise<TlsOptions>;
  /** Of the unit's `CertDir=`. */
  readonly certDir?: (certifier: Certifier) => Promise<Readonly<Record<string, string>>>;
  /** Go takes it, and so must whoever asks first. */
  readonly isRight?: boolean;
}

const wrong: readonly Wrong[] = [
  { name: 'a right certificate', isRight: true },
  { name: 'a certificate of the past', certificate: { from: 'past' } },
  { name: 'a certificate of the future', certificate: { from: 'future' } },
  { name: 'a certificate of another name', certificate: { names: 'DNS:registry.example.org' } },
  { name: 'a certificate of another address', certificate: { names: 'IP:127.0.0.3, DNS:localhost' } },
  { name: 'a certificate of no name', certificate: { names: null } },
  {
    name: 'a certificate of a common name alone',
    host: 'localhost',
    certificate: { names: null, commonName: 'localhost' },
  },
  {
    name: 'a certificate of the address as a name',
    certificate: { names: 'DNS:127.0.0.1', commonName: '127.0.0.1' },
  },
  { name: 'a certificate of every name', host: 'localhost', certificate: { names: 'DNS:*' } },
  { name: 'a certificate of itself', certificate: { issuer: 'itself' } },
  { name: 'a certificate of an unknown authority', certificate: { issuer: 'unknown' } },
  { name: 'a certificate of who is no authority', certificate: { issuer: 'no authority' } },
  { name: 'a certificate signed with SHA-1', certificate: { digest: 'sha1' } },
  { name: 'a certificate of a key of 512 bits', certificate: { key: ['rsa:512'] } },
  { name: 'a certificate for clients', certificate: { use: 'clientAuth' } },
  { name: 'a certificate for mail', certificate: { use: 'emailProtection' } },
  {
    name: 'a certificate with a critical extension that nobody knows',
    certificate: { more: ['1.2.3.4.5 = critical,ASN1:UTF8String:x'] },
  },
  {
    name: 'a certificate whose names hold escape sequences',
    certificate: { names: 'DNS:\u001b[31mx.example, URI:http://\u001b]0;x\u0007', commonName: 'x' },
  },
  {
    name: 'a certificate of 2,000 names',
    certificate: {
      names: Array.from({ length: 2000 }, (_, at) => `DNS:host-${at}.example.org`).join(', '),
    },
  },
  {
    name: 'TLS 1.1 at most',
    server: () => ({ maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' }),
  },
  {
    name: 'the demand for a client certificate, which there is none of',
    server: async ({ authority }) => ({
      ca: await readFile(authority),
      requestCert: true,
      rejectUnauthorized: true,
    }),
  },
  {
    name: 'the demand for a client certificate, where there is another authority’s',
    server: async ({ authority }) => ({
      ca: await readFile(authority),
      requestCert: true,
      rejectUnauthorized: true,
    }),
    certDir: async (certifier) => {
      const { cert, key } = await certifier.make('client', { issuer: 'unknown', use: 'clientAuth' });
      return { 'client.cert': cert.toString(), 'client.key': key.toString() };
    },
  },
  {
    name: 'the demand for a client certificate that is there',
    isRight: true,
    server: async ({ authority }) => ({
      ca: await readFile(authority),
      requestCert: true,
      rejectUnauthorized: true,
    }),
    certDir: async (certifier) => {
      const { cert, key } = await certifier.make('client', { use: 'clientAuth' });
      return { 'client.cert': cert.toString(), 'client.key': key.toString() };
    },
  },
];

/** Serves what the registry of the row answers, over TLS. */
async function serve({ lab, app }: Scene, each: Wrong): Promise<Partial<Setting>> {
  const certifier = await newCertifier(lab.scratch);
  const { cert, key } = await certifier.make('server', each.certificate);
  const options = await each.server?.(certifier);
  // What the openssl of this machine signs, that of Node.js need not want to show.
  const server = https.createServer(
    { cert, key, ciphers: 'DEFAULT@SECLEVEL=0', ...options },
    lab.registry.listener,
  );
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.cleanup.add(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `${each.host ?? '127.0.0.1'}:${(server.address() as net.AddressInfo).port}`;
  const files = Object.entries((await each.certDir?.(certifier)) ?? {});
  return {
    reference: `${host}/${app.repository}:1`,
    env: { SSL_CERT_FILE: certifier.authority },
    registries: [host],
    unit: files.length > 0 ? ['CertDir=/usr/lib/app/certs'] : [],
    tree: Object.fromEntries(files.map(([name, text]) => [join('usr/lib/app/certs', name), text])) as Tree,
  };
}

/** Whoever listens where TLS is to be, and speaks something else. */
async function serveRaw(
  { lab, app }: Scene,
  answer: (socket: net.Socket) => void,
): Promise<Partial<Setting>> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    lab.cleanup.add(() => void socket.destroy());
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lab.cleanup.add(() => void server.close());
  const host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  return { reference: `${host}/${app.repository}:1`, registries: [host], unit: [] };
}

const raw: readonly {
  readonly name: string;
  readonly answer: (socket: net.Socket) => void;
  readonly slow?: true;
}[] = [
  { name: 'HTTP where TLS should be', answer: (socket) => socket.write('HTTP/1.0 400 Bad Request\r\n\r\n') },
  { name: 'zeros where TLS should be', answer: (socket) => socket.write(Buffer.alloc(2 ** 16)) },
  {
    name: 'a TLS alert of nothing known',
    answer: (socket) => socket.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0xff])),
  },
  {
    name: 'a TLS record without an end',
    answer: (socket) => {
      socket.write(Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0xff, 0xff, 0xff]));
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(2 ** 20, 1)));
      };
      socket.on('drain', more);
      more();
    },
  },
  { name: 'a TLS handshake that stands still', slow: true, answer: () => undefined },
];

export const certificateTricks: readonly Trick[] = [
  ...wrong.map(
    (each): Trick => ({
      name: each.name,
      prepare: (scene) => serve(scene, each),
      isPulled: each.isRight === true || each.certificate?.from === 'past',
      ...(each.isRight
        ? { check: [0], plan: [0] }
        : {
            // Nobody is asked anything: neither the name nor the password of the user has left.
            bounds: { requests: 0 },
            says: [/127\.0\.0\.1|localhost/],
          }),
    }),
  ),
  ...raw.map(
    ({ name, answer, slow }): Trick => ({
      name,
      prepare: (scene) => serveRaw(scene, answer),
      bounds: { requests: 0 },
      ...(slow && { args: ['--timeout', '4s'], check: [75] }),
    }),
  ),
];
