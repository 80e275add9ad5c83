import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type BoundHost, newBoundHost } from '../support/bound-host.js';
import { dropIn } from '../support/entries.js';
import { authJson } from '../support/host.js';
import { podmanOf } from '../support/podman-suites.js';
import { oneOf } from '../support/sample.js';
import { newCleanup, tempDir } from '../support/temp.js';
import type { PodmanVersion } from '../support/unpacked-podman.js';
import { type RecordingProxy, startRecordingProxy } from './support/recording-proxy.js';
import { clientNames, hostNames, withPorts } from './support/registry-case.js';
import type { HostBehaviour } from './support/replies.js';
import { type TestCertificates, testCertificates } from './support/test-certificates.js';
import { tinyImage } from './support/tiny-image.js';
import { behaviourOf } from './support/visits.js';

const cleanup = newCleanup();
afterAll(cleanup.run);

const image = tinyImage();
const reference = 'reg.example/team/app:1.0';
const authfile = '/etc/containers/app.json';

const plain: HostBehaviour = {
  listens: 'https',
  certificate: 'trusted',
  demandsClient: false,
  auth: 'none',
  manifest: 'missing',
  accepts: 'any',
};
/** The registry itself does not have it, so that who asks there has not read what the next boot reads. */
const hosts = withPorts(
  new Map([
    ['reg.example', plain],
    ['cache.example', plain],
    [
      'mirror.example:8443',
      {
        ...plain,
        certificate: 'other',
        demandsClient: true,
        auth: 'bearer',
        tokenServer: 'auth.example',
        manifest: 'found',
      },
    ],
    ['auth.example', { ...plain, accepts: 'robot:secret' }],
  ]),
);

const conf = `[[registry]]
prefix = "reg.example/team"
location = "reg.example/team"
[[registry.mirror]]
location = "cache.example/mirrored"
[[registry.mirror]]
location = "mirror.example:8443/mirrored"
`;

let certificates: TestCertificates;
let proxy: RecordingProxy;

beforeAll(async () => {
  certificates = await testCertificates(await tempDir(cleanup), hostNames, clientNames);
  proxy = await cleanup.use(startRecordingProxy(certificates, image));
});

/** Nothing of the host leads there: mirrors, authorities, the client certificate and credentials are the new root's. */
async function newHost(version: PodmanVersion): Promise<BoundHost> {
  const programs = await podmanOf(version);
  const client = certificates.clients.get('first');
  return await newBoundHost(cleanup, {
    programs,
    newRoot: {
      ...dropIn('app', [reference], { authfile }),
      'etc/containers/registries.conf.d/50-mirrors.conf': conf,
      'etc/containers/certs.d/mirror.example:8443/ca.crt': certificates.otherCa,
      'etc/containers/certs.d/mirror.example:8443/client.cert': client?.cert ?? '',
      'etc/containers/certs.d/mirror.example:8443/client.key': client?.key ?? '',
      'etc/ssl/certs/ca-certificates.crt': certificates.trustedCa,
      [authfile.slice(1)]: {
        text: authJson({ 'mirror.example:8443': 'robot:secret', 'reg.example': 'nobody:wrong' }),
        mode: 0o600,
      },
    },
  });
}

/** What was asked for at each registry, however often. */
async function asked(): Promise<Readonly<Record<string, readonly string[]>>> {
  const { visits, tokens } = behaviourOf(await proxy.recorded(), 'found', 'go');
  const registries = new Map<string, Set<string>>();
  for (const visit of visits) {
    const [registry = '', ...parts] = visit.split(' | ');
    const known = registries.get(registry) ?? new Set();
    for (const part of parts) known.add(part);
    registries.set(registry, known);
  }
  return {
    ...Object.fromEntries([...registries].map(([registry, parts]) => [registry, [...parts].sort()])),
    tokens,
  };
}

const expected = {
  'cache.example': ['https ok', 'mirrored/app 1.0 as none → 404'],
  'mirror.example:8443': [
    'https ok client=first',
    'mirrored/app 1.0 as bearer (basic robot:secret) repository:mirrored/app:pull → 200',
  ],
  tokens: [
    expect.stringMatching(
      /^auth\.example https ok.* GET account=robot service=mirror\.example:8443 scope=repository:mirrored\/app:pull as basic robot:secret → 200$/,
    ),
  ],
};

describe.each(oneOf('same-registries', ['4.3', '5.8', '6.1']))('with podman %s', (version) => {
  let host: BoundHost;
  beforeAll(async () => {
    host = await newHost(version);
  });
  beforeEach(() => proxy.begin(hosts));

  const env = () => ({
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    http_proxy: undefined,
    https_proxy: undefined,
    NO_PROXY: undefined,
    no_proxy: undefined,
    SSL_CERT_FILE: undefined,
    SSL_CERT_DIR: undefined,
  });

  test.each([
    { command: 'check', args: ['--online'] },
    { command: 'plan', args: [] },
    // Our client does, and podman asks us.
    { command: 'pull', args: [] },
    // podman itself does, after our client.
    { command: 'pull', args: ['--direct', '--pull-policy', 'always'] },
  ] as const)('$command $args asks the registries of the next boot', async ({ command, args }) => {
    const { exitCode, stdout, stderr } = await host.start(command, args, { env: env() }).finished;
    expect(await asked(), `${stdout}${stderr}`).toEqual(expected);
    expect(exitCode, stderr).toBe(0);
  });
});
