import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultAction } from './fault.js';
import { startFaultProxy } from './fault-proxy.js';
import { freePort } from './free-port.js';
import { authJson } from './host.js';
import { type BuiltImage, hostPlatform, type ImageLayout, newImageLayout } from './images.js';
import { pushImage } from './push-image.js';
import { type Registry, startRegistry } from './registry.js';
import { type Cleanup, tempDir } from './temp.js';
import { newCertificateAuthority } from './tls.js';
import { mountTmpfs, type Tmpfs } from './tmpfs.js';
import { startTokenServer } from './token-server.js';

/** One call that fails, or in one case only warns. */
export type Ask = {
  readonly reference: string;
  /** Options before the reference, of podman pull. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where podman's store goes, in place of a temporary directory. */
  readonly storeOn?: Tmpfs;
  /** Makes `storeOn` read-only once the store exists. */
  readonly readOnly?: boolean;
};

/** A named failure and how to bring it about. */
export type Scenario = {
  readonly name: string;
  readonly prepare: (parts: Parts) => Promise<Ask>;
};

/** What the scenarios have in common; `app:1` in the plain registry is `image`. */
export type Parts = {
  readonly cleanup: Cleanup;
  readonly layout: ImageLayout;
  readonly image: BuiltImage;
  readonly registry: Registry;
};

/** Starts the plain registry and pushes the images of the scenarios. */
export async function prepareParts(cleanup: Cleanup): Promise<Parts> {
  const layout = await newImageLayout(await tempDir(cleanup));
  const layers = [{ seed: 'sample', sizeBytes: 4 * 1024 * 1024 }];
  const image = await layout.addImage({ layers });
  const registry = await cleanup.use(startRegistry());
  await pushImage(registry.host, 'app:1', layout, image);
  const elsewhere = [foreign, { ...foreign, architecture: 'riscv64' }].map((platform) => ({
    layers,
    platform,
  }));
  await pushImage(registry.host, 'foreign-index:1', layout, await layout.addIndex(elsewhere));
  await pushImage(registry.host, 'foreign:1', layout, await layout.addImage({ layers, platform: foreign }));
  return { cleanup, layout, image, registry };
}

const foreign = { architecture: hostPlatform.architecture === 's390x' ? 'ppc64le' : 's390x', os: 'linux' };
/** Plain HTTP and unknown authorities are fine. */
export const insecure = ['--tls-verify=false'];

/** Asks the plain registry for `path`. */
export function fromRegistry(name: string, path: string): Scenario {
  return {
    name,
    prepare: async ({ registry }) => ({ reference: `${registry.host}/${path}`, args: insecure }),
  };
}

/** Asks for `reference`, wherever that is. */
export function verbatim(name: string, reference: string): Scenario {
  return { name, prepare: async () => ({ reference, args: [] }) };
}

type Faulted = 'ping' | 'manifest' | 'config' | 'layer';

function faultedPath(what: Faulted, { config, layers }: BuiltImage): RegExp {
  if (what === 'ping') return /^\/v2\/$/;
  if (what === 'manifest') return /\/manifests\//;
  return new RegExp(
    `/blobs/${what === 'config' ? config.digest : layers.map(({ digest }) => digest).join('|')}$`,
  );
}

/** Asks for the image through a proxy that commits `action` on every GET of `what`. */
export function faulty(name: string, what: Faulted, action: FaultAction): Scenario {
  return {
    name,
    prepare: async ({ cleanup, registry, image }) => {
      const proxy = await cleanup.use(startFaultProxy({ target: registry.url }));
      proxy.addFault({ method: 'GET', path: faultedPath(what, image), action });
      return { reference: `${proxy.host}/app@${image.digest}`, args: insecure };
    },
  };
}

/** Uses an authfile with this text, or one that does not exist. */
export function withAuthFile(name: string, text: string | undefined): Scenario {
  return {
    name,
    prepare: async ({ cleanup, registry }) => {
      const file = join(await tempDir(cleanup), 'auth.json');
      if (text !== undefined) await writeFile(file, text);
      return { reference: `${registry.host}/app:1`, args: [...insecure, `--authfile=${file}`] };
    },
  };
}

/** Asks a registry with basic authentication; without `creds`, anonymously. */
export function passwords(name: string, creds: string | undefined): Scenario {
  return {
    name,
    prepare: async ({ cleanup, layout, image }) => {
      const users = { robot: 'right' };
      const { host } = await cleanup.use(startRegistry({ auth: { kind: 'htpasswd', users } }));
      await pushImage(host, 'app:1', layout, image, { creds: 'robot:right' });
      return { reference: `${host}/app:1`, args: [...insecure, await authFileArg(cleanup, host, creds)] };
    },
  };
}

/** Asks a registry with token authentication; without `creds`, anonymously. */
export function tokens(name: string, creds: string | undefined): Scenario {
  return {
    name,
    prepare: async ({ cleanup, layout, image }) => {
      const authority = await cleanup.use(newCertificateAuthority());
      const server = await cleanup.use(
        startTokenServer(authority, {
          robot: { password: 'right', repositories: ['app'] },
          stranger: { password: 'right', repositories: [] },
        }),
      );
      const { host } = await cleanup.use(startRegistry({ auth: server.auth }));
      await pushImage(host, 'app:1', layout, image, { creds: 'robot:right' });
      return { reference: `${host}/app:1`, args: [...insecure, await authFileArg(cleanup, host, creds)] };
    },
  };
}

async function authFileArg(cleanup: Cleanup, host: string, creds: string | undefined): Promise<string> {
  const file = join(await tempDir(cleanup), 'auth.json');
  await writeFile(file, authJson(creds ? { [host]: creds } : {}));
  return `--authfile=${file}`;
}

/** Asks for `path` under the registries.conf that `conf` returns. */
export function configured(
  name: string,
  conf: (host: string, deadPort: number) => string,
  path: string,
): Scenario {
  return {
    name,
    prepare: async ({ cleanup, registry }) => {
      const file = join(await tempDir(cleanup), 'registries.conf');
      await writeFile(file, conf(registry.host, await freePort()));
      const env = { CONTAINERS_REGISTRIES_CONF: file };
      return { reference: `${registry.host}/${path}`, args: [], env };
    },
  };
}

/** A registries.conf whose mirror refuses connections. */
export const mirrored = (host: string, deadPort: number) => `
[[registry]]
location = "${host}"
insecure = true
[[registry.mirror]]
location = "127.0.0.1:${deadPort}"
insecure = true
`;

/** Pulls into a store that is too small, with or without a `TMPDIR` that is large enough. */
export function space(name: string, tmpdirOnDisk: boolean): Scenario {
  return {
    name,
    prepare: async ({ cleanup, registry }) => {
      const storeOn = await cleanup.use(mountTmpfs(3 * 1024 * 1024));
      const onSmall = join(storeOn.path, 'tmp');
      if (!tmpdirOnDisk) await mkdir(onSmall);
      const TMPDIR = tmpdirOnDisk ? await tempDir(cleanup) : onSmall;
      return { reference: `${registry.host}/app:1`, args: insecure, storeOn, env: { TMPDIR } };
    },
  };
}
