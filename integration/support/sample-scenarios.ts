import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startRegistry } from './registry.js';
import {
  both,
  configured,
  faulty,
  fromRegistry,
  insecure,
  mirrored,
  passwords,
  podman,
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

/** The failures whose messages podman and skopeo word, by the name of their sample file. */
export const scenarios: readonly Scenario[] = [
  fromRegistry('manifest-unknown', both, 'app:absent'),
  // Distribution 2.8 says "manifest unknown" of a repository that it does not have; others say it properly.
  fromRegistry('absent-repository', both, 'absent:1'),
  faulty('name-unknown', both, 'manifest', {
    kind: 'status',
    status: 404,
    body: '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}',
  }),
  fromRegistry('no-such-platform', podman, 'foreign-index:1'),
  fromRegistry('other-platform-warning', podman, 'foreign:1'),
  passwords('unauthorized-none', undefined),
  passwords('unauthorized-bad-basic', 'robot:wrong'),
  tokens('unauthorized-bad-token', 'robot:wrong'),
  tokens('denied', 'stranger:right'),
  tokens('denied-anonymous', undefined),
  faulty('denied-403', both, 'manifest', { kind: 'status', status: 403 }),
  faulty('forbidden-html-403', both, 'manifest', {
    kind: 'status',
    status: 403,
    body: '<html><h1>Forbidden</h1></html>',
  }),
  faulty('too-many-requests', both, 'manifest', { kind: 'status', status: 429, retryAfterSeconds: 1 }),
  faulty('internal-500', both, 'manifest', { kind: 'status', status: 500 }),
  faulty('bad-gateway-html-502', both, 'manifest', {
    kind: 'status',
    status: 502,
    body: '<html><h1>502 Bad Gateway</h1></html>',
  }),
  faulty('service-unavailable-503', both, 'manifest', { kind: 'status', status: 503 }),
  faulty('gateway-timeout-504', both, 'manifest', { kind: 'status', status: 504, body: '' }),
  faulty('request-timeout-408', both, 'manifest', { kind: 'status', status: 408, body: '' }),
  faulty('ping-service-unavailable-503', both, 'ping', { kind: 'status', status: 503 }),
  faulty('connection-reset', both, 'manifest', { kind: 'reset' }),
  faulty('manifest-cut', both, 'manifest', { kind: 'cut', afterBytes: 100 }),
  // skopeo does not check a raw manifest against the digest that it was asked for.
  faulty('manifest-corrupt', podman, 'manifest', { kind: 'corrupt' }),
  faulty('config-cut', podman, 'config', { kind: 'cut', afterBytes: 100 }),
  faulty('config-corrupt', podman, 'config', { kind: 'corrupt' }),
  faulty('config-service-unavailable-503', podman, 'config', { kind: 'status', status: 503 }),
  faulty('blob-cut', podman, 'layer', { kind: 'cut', afterBytes: 1_000_000 }),
  faulty('blob-reset', podman, 'layer', { kind: 'reset' }),
  faulty('blob-unknown-404', podman, 'layer', { kind: 'status', status: 404 }),
  faulty('blob-too-many-requests', podman, 'layer', { kind: 'status', status: 429, retryAfterSeconds: 1 }),
  faulty('blob-service-unavailable-503', podman, 'layer', { kind: 'status', status: 503 }),
  faulty('corrupt-digest', podman, 'layer', { kind: 'corrupt' }),
  {
    name: 'connection-refused',
    tools: both,
    prepare: async () => ({ reference: `127.0.0.1:${await freePort()}/app:1`, args: [] }),
  },
  verbatim('dns', both, 'registry.invalid/app:1'),
  {
    name: 'tls-unknown-authority',
    tools: both,
    prepare: async ({ cleanup }) => {
      const authority = await cleanup.use(newCertificateAuthority());
      const { host } = await cleanup.use(startRegistry({ tls: await authority.issue('registry') }));
      return { reference: `${host}/app:1`, args: [] };
    },
  },
  {
    name: 'client-certificate-required',
    tools: both,
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
    tools: both,
    prepare: async ({ registry }) => ({ reference: `${registry.host}/app:1`, args: [] }),
  },
  {
    name: 'tls-handshake-timeout',
    tools: both,
    prepare: async ({ cleanup }) => {
      return { reference: `127.0.0.1:${await serveSilence(cleanup)}/app:1`, args: [] };
    },
  },
  {
    name: 'i-o-timeout',
    tools: both,
    prepare: async ({ cleanup }) => ({
      reference: `127.0.0.1:${await listenWithoutAccepting(cleanup)}/app:1`,
      args: [],
    }),
  },
  verbatim('invalid-reference', both, 'registry.invalid/UPPER:1'),
  verbatim('short-name-unresolved', podman, 'no-such-short-name'),
  // skopeo 1.9 takes a missing authfile for an empty one.
  withAuthFile('authfile-missing', podman, undefined),
  withAuthFile('authfile-invalid', both, 'not JSON'),
  withAuthFile('authfile-empty', both, ''),
  configured('mirror-refused-manifest-unknown', mirrored, 'app:absent'),
  configured('blocked', (host) => `[[registry]]\nlocation = "${host}"\nblocked = true\n`, 'app:1'),
  configured('registries-conf-invalid', () => 'not TOML', 'app:1'),
  {
    name: 'policy-reject',
    tools: podman,
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
    tools: podman,
    prepare: async ({ cleanup, registry }) => {
      const storeOn = await cleanup.use(mountTmpfs(64 * 1024 * 1024));
      const env = { TMPDIR: await tempDir(cleanup) };
      return { reference: `${registry.host}/app:1`, args: insecure, storeOn, readOnly: true, env };
    },
  },
];
