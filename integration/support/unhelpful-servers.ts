import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, createServer as createTcpServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { start } from './exec.js';
import { freePort } from './free-port.js';
import type { Cleanup } from './temp.js';
import type { CertificateAuthority } from './tls.js';

/** Serves TLS only to clients with a certificate of `authority`; returns the port. */
export async function serveWithClientCertificates(
  authority: CertificateAuthority,
  cleanup: Cleanup,
): Promise<number> {
  const { certFile, keyFile } = await authority.issue('registry');
  const [cert, key, ca] = await Promise.all([certFile, keyFile, authority.certFile].map((f) => readFile(f)));
  return serve(createTlsServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }), cleanup);
}

/** Accepts connections and never says a word; returns the port. */
export function serveSilence(cleanup: Cleanup): Promise<number> {
  return serve(
    createTcpServer((socket) => socket.on('error', () => undefined)),
    cleanup,
  );
}

/**
 * Listens with a full accept queue and returns the port. The kernel drops what comes, so that clients see a
 * host behind a silent firewall.
 */
export async function listenWithoutAccepting(cleanup: Cleanup): Promise<number> {
  const port = await freePort();
  const program = `socket(S, PF_INET, SOCK_STREAM, 0); bind(S, pack_sockaddr_in(${port}, INADDR_LOOPBACK))
    or die; listen(S, 0) or die; $| = 1; print "ready"; sleep`;
  const listener = start('perl', ['-MSocket', '-e', program]);
  cleanup.add(async () => {
    listener.kill('SIGKILL');
    await listener.finished;
  });
  while (listener.stdout() === '') await sleep(10);
  for (let client = 0; client < 3; client += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    cleanup.add(() => void socket.destroy());
  }
  await sleep(200);
  return port;
}

async function serve(server: Server, cleanup: Cleanup): Promise<number> {
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(() => void server.close());
  return port;
}
