import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startRegistry } from './registry.js';
import {
  configured,
  faulty,
  fromRegistry,
  insecure,
  mirrored,
  passwords,
  type Scenario,
  space,
  tokens,
  verbatim,
  withAuthFile,
} from './sample-kinds.js';
import { tempDir } from './temp.js';
import { newCertificateAuthority } from './tls.js';
import { mountTmpfs } from './tmpfs.js';
import { listenWithoutAccepting, serveSilence, serveWithClientCertificates } from './unhelpful-servers.js';

/** The failures whose messages podman words, by the name of their sample file. */
export const scenarios: readonly Scenario[] = [
  fromRegistry('manifest-unknown', 'app:absent'),
  // Distribution 2.8 says "manifest unknown" of a repository that it does not have; others say it properly.
  fromRegistry('absent-repository', 'absent:1'),
  faulty('name-unknown', 'manifest', {
    kind: 'status',
    status: 404,
    body: '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}',
  }),
  fromRegistry('no-such-platform', 'foreign-index:1'),
  fromRegistry('other-platform-warning', 'foreign:1'),
  passwords('unauthorized-none', undefined),
  passwords('unauthorized-bad-basic', 'robot:wrong'),
  tokens('unauthorized-bad-token', 'robot:wrong'),
  tokens('denied', 'stranger:right'),
  tokens('denied-anonymous', undefined),
  faulty('denied-403', 'manifest', { kind: 'status', status: 403 }),
  faulty('forbidden-html-403', 'manifest', {
    kind: 'status',
    status: 403,
    body: '<html><h1>Forbidden</h1></html>',
  }),
  faulty('too-many-requests', 'manifest', { kind: 'status', status: 429, retryAfterSeconds: 1 }),
  faulty('internal-500', 'manifest', { kind: 'status', status: 500 }),
  faulty('bad-gateway-html-502', 'manifest', {
    kind: 'status',
    status: 502,
    body: '<html><h1>502 Bad Gateway</h1></html>',
  }),
  faulty('service-unavailable-503', 'manifest', { kind: 'status', status: 503 }),
  faulty('gateway-timeout-504', 'manifest', { kind: 'status', status: 504, body: '' }),
  faulty('request-timeout-408', 'manifest', { kind: 'status', status: 408, body: '' }),
  faulty('ping-service-unavailable-503', 'ping', { kind: 'status', status: 503 }),
  faulty('connection-reset', 'manifest', { kind: 'reset' }),
  faulty('manifest-cut', 'manifest', { kind: 'cut', afterBytes: 100 }),
  faulty('manifest-corrupt', 'manifest', { kind: 'corrupt' }),
  faulty('config-cut', 'config', { kind: 'cut', afterBytes: 100 }),
  faulty('config-corrupt', 'config', { kind: 'corrupt' }),
  faulty('config-service-unavailable-503', 'config', { kind: 'status', status: 503 }),
  faulty('blob-cut', 'layer', { kind: 'cut', afterBytes: 1_000_000 }),
  faulty('blob-reset', 'layer', { kind: 'reset' }),
  faulty('blob-unknown-404', 'layer', { kind: 'status', status: 404 }),
  faulty('blob-too-many-requests', 'layer', { kind: 'status', status: 429, retryAfterSeconds: 1 }),
  faulty('blob-service-unavailable-503', 'layer', { kind: 'status', status: 503 }),
  faulty('corrupt-digest', 'layer', { kind: 'corrupt' }),
  {
    name: 'connection-refused',
    prepare: async () => ({ reference: `127.0.0.1:${await freePort()}/app:1`, args: [] }),
  },
  verbatim('dns', 'registry.invalid/app:1'),
  {
    name: 'tls-unknown-authority',
    prepare: async ({ cleanup }) => {
      const authority = await cleanup.use(newCertificateAuthority());
      const { host } = await cleanup.use(startRegistry({ tls: await authority.issue('registry') }));
      return { reference: `${host}/app:1`, args: [] };
    },
  },
  {
    name: 'client-certificate-required',
    prepare: async ({ cleanup }) => {
      const authority = await cleanup.use(newCertificateAuthority());
      const certDir = await tempDir(cleanup);
      await authority.writeCertDir(certDir);
      const port = await serveWithClientCertificates(authority, cleanup);
      return { reference: `127.0.0.1:${port}/app:1`, args: [`--cert-dir=${certDir}`] };
    },
  },
  {
    name: 'https-to-http',
    prepare: async ({ registry }) => ({ reference: `${registry.host}/app:1`, args: [] }),
  },
  {
    name: 'tls-handshake-timeout',
    prepare: async ({ cleanup }) => {
      return { reference: `127.0.0.1:${await serveSilence(cleanup)}/app:1`, args: [] };
    },
  },
  {
    name: 'i-o-timeout',
    prepare: async ({ cleanup }) => ({
      reference: `127.0.0.1:${await listenWithoutAccepting(cleanup)}/app:1`,
      args: [],
    }),
  },
  verbatim('invalid-reference', 'registry.invalid/UPPER:1'),
  verbatim('short-name-unresolved', 'no-such-short-name'),
  withAuthFile('authfile-missing', undefined),
  withAuthFile('authfile-invalid', 'not JSON'),
  withAuthFile('authfile-empty', ''),
  configured('mirror-refused-manifest-unknown', mirrored, 'app:absent'),
  configured('blocked', (host) => `[[registry]]\nlocation = "${host}"\nblocked = true\n`, 'app:1'),
  configured('registries-conf-invalid', () => 'not TOML', 'app:1'),
  {
    name: 'policy-reject',
    prepare: async ({ cleanup, registry }) => {
      const file = join(await tempDir(cleanup), 'policy.json');
      await writeFile(file, JSON.stringify({ default: [{ type: 'reject' }] }));
      return { reference: `${registry.host}/app:1`, args: [...insecure, `--signature-policy=${file}`] };
    },
  },
  space('no-space-tmpdir', false),
  space('no-space', true),
  {
    name: 'read-only-store',
    prepare: async ({ cleanup, registry }) => {
      const storeOn = await cleanup.use(mountTmpfs(64 * 1024 * 1024));
      const env = { TMPDIR: await tempDir(cleanup) };
      return { reference: `${registry.host}/app:1`, args: insecure, storeOn, readOnly: true, env };
    },
  },
];
