import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LiveProcess, start } from './exec.js';
import { freePort } from './free-port.js';
import { htpasswd, type Passwords } from './htpasswd.js';
import { findProgram } from './programs.js';
import { newTempDir } from './temp.js';
import type { ServerCertificate } from './tls.js';

/** Who may use a registry. Token settings: distribution `docs/about/configuration.md`, "token". */
export type RegistryAuth =
  | { readonly kind: 'htpasswd'; readonly users: Passwords }
  | {
      readonly kind: 'token';
      readonly realm: string;
      readonly service: string;
      readonly issuer: string;
      readonly rootCertBundle: string;
    };

export type RegistryOptions = {
  readonly tls?: ServerCertificate;
  readonly auth?: RegistryAuth;
  /** `ADDRESS:PORT` in place of a free port of 127.0.0.1. */
  readonly host?: string;
};

/** A distribution registry that answers. */
export type Registry = {
  /** `127.0.0.1:PORT`, as it stands in a reference. */
  readonly host: string;
  readonly url: string;
  /** The file that holds a blob or manifest, for tests that damage or delete it. */
  readonly blobFile: (digest: string) => string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
};

const startTimeoutMs = 20_000;
const startAttempts = 5;
const instanceHeader = 'x-registry-instance';

/**
 * Starts a distribution registry on a free port of 127.0.0.1, storing in a temporary directory.
 * @throws Error with the registry's log when it does not answer in time.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const program = await findProgram('docker-registry', 'registry');
  const temp = await newTempDir();
  const storage = join(temp.path, 'storage');
  try {
    await mkdir(storage);
    const auth = options.auth && (await authSection(options.auth, temp.path));
    for (let attempt = 1; ; attempt += 1) {
      const host = options.host ?? `127.0.0.1:${await freePort()}`;
      const instance = randomUUID();
      const config = join(temp.path, 'config.json');
      await writeFile(config, JSON.stringify(configuration(host, storage, instance, options.tls, auth)));
      // pdeathsig: a test run that is killed takes its registries with it.
      const child = start('setpriv', ['--pdeathsig', 'KILL', program, 'serve', config]);
      const url = `${options.tls ? 'https' : 'http'}://${host}`;
      const log = () => child.stdout() + child.stderr();
      const state = await waitForAnswer(child, url, instance);
      if (state === 'answers') {
        return {
          host,
          url,
          log,
          blobFile: (digest) => {
            const hex = digest.replace(/^sha256:/, '');
            return join(storage, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
          },
          stop: async () => {
            child.kill('SIGKILL');
            await child.finished;
            await temp.remove();
          },
        };
      }
      child.kill('SIGKILL');
      await child.finished;
      // Between `freePort` and the registry's own bind another process can take the port.
      if (!log().includes('address already in use') || attempt === startAttempts) {
        throw new Error(`The registry ${state} on ${host}:\n${log()}`);
      }
    }
  } catch (error) {
    await temp.remove();
    throw error;
  }
}

/** Its JSON is YAML, the registry's own format. */
function configuration(
  host: string,
  storage: string,
  instance: string,
  tls: ServerCertificate | undefined,
  auth: object | undefined,
): object {
  return {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: {
      addr: host,
      secret: instance,
      // Upload locations stay valid behind a proxy.
      relativeurls: true,
      headers: { [instanceHeader]: [instance] },
      ...(tls && { tls: { certificate: tls.certFile, key: tls.keyFile } }),
    },
    ...(auth && { auth }),
  };
}

async function authSection(auth: RegistryAuth, dir: string): Promise<object> {
  if (auth.kind === 'token') {
    const { realm, service, issuer, rootCertBundle } = auth;
    return { token: { realm, service, issuer, rootcertbundle: rootCertBundle } };
  }
  const path = join(dir, 'htpasswd');
  await writeFile(path, await htpasswd(auth.users), { mode: 0o600 });
  return { htpasswd: { realm: 'test registry', path } };
}

async function waitForAnswer(
  child: LiveProcess,
  url: string,
  instance: string,
): Promise<'answers' | 'ended' | 'does not answer'> {
  let ended = false;
  const end = child.finished.then(() => {
    ended = true;
  });
  const deadline = performance.now() + startTimeoutMs;
  while (performance.now() < deadline) {
    // The header tells this registry from a stranger on the same port.
    if ((await answeringInstance(url)) === instance) return 'answers';
    if (ended) return 'ended';
    await Promise.race([sleep(25), end]);
  }
  return 'does not answer';
}

function answeringInstance(url: string): Promise<string | string[] | undefined> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? getHttps : getHttp;
    const options = { rejectUnauthorized: false, agent: false, timeout: 2_000 };
    const request = get(`${url}/v2/`, options, (response) => {
      response.resume();
      resolve(response.headers[instanceHeader]);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
