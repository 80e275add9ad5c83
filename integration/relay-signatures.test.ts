import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exec } from './support/exec.js';
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.js';
import { type BuiltImage, newImageLayout } from './support/images.js';
import {
  outcomesOf,
  type PlacedPull,
  type Places,
  placedPull,
  tracesOfRelay,
} from './support/placed-pull.js';
import { type PodmanPrograms, podmanOf } from './support/podman-suites.js';
import { findProgram } from './support/programs.js';
import { pushImage } from './support/push-image.js';
import { startRegistry } from './support/registry.js';
import { oneOf } from './support/sample.js';
import {
  type FileServer,
  type GpgSigner,
  newGpgSigner,
  newSigstoreKeys,
  portableGpg,
  putSignatures,
  type SigstoreKeys,
  signBySigstore,
  startFileServer,
} from './support/signing.js';
import { newCleanup, tempDir } from './support/temp.js';

const cleanup = newCleanup();
afterAll(cleanup.run);
const perTest = newCleanup();
afterEach(perTest.run);

let registry: FaultProxy;
/** Whatever goes to another machine would come by here. */
let elsewhere: FileServer;
let gpg: GpgSigner;
let gpgPath: string;
let sigstore: SigstoreKeys;
let layoutDir: string;
let signed: BuiltImage;
let unsigned: BuiltImage;
let signature: Buffer;

beforeAll(async () => {
  const { skopeo } = await podmanOf('5.8');
  const behind = await cleanup.use(startRegistry());
  registry = await cleanup.use(startFaultProxy({ target: behind.url }));
  elsewhere = await cleanup.use(startFileServer(await tempDir(cleanup)));
  [gpg, gpgPath, sigstore] = await Promise.all([
    newGpgSigner(cleanup),
    portableGpg(cleanup),
    newSigstoreKeys(cleanup, skopeo),
  ]);
  layoutDir = join(await tempDir(cleanup), 'layout');
  const layout = await newImageLayout(layoutDir);
  signed = await layout.addImage({ layers: [{ seed: 'signed', sizeBytes: 200 * 1024 }] });
  unsigned = await layout.addImage({ layers: [{ seed: 'unsigned', sizeBytes: 200 * 1024 }] });
  await pushImage(registry.host, 'team/signed:1', layout, signed);
  await pushImage(registry.host, 'team/unsigned:1', layout, unsigned);
  await pushImage(registry.host, 'team/sigstore:1', layout, signed);
  const manifest = await readFile(join(layoutDir, 'blobs/sha256', signed.digest.replace('sha256:', '')));
  signature = await gpg.sign(manifest, `${registry.host}/team/signed:1`);
  await signBySigstore(cleanup, skopeo, sigstore, `${registry.host}/team/sigstore:1`);
});
beforeEach(() => {
  registry.forget();
  elsewhere.forget();
});

interface Host extends Omit<Places, 'home'> {
  /** The requirement for every image of a registry. */
  readonly requirement: object;
  /** registries.d of this host. */
  readonly signatures: object;
}

/** Pulls what a new root binds, on a host that wants signatures. */
async function pull(references: readonly string[], host: Host, ...args: readonly string[]) {
  const { requirement, signatures, ...places } = host;
  const policy = { default: [{ type: 'reject' }], transports: { docker: { '': [requirement] } } };
  const home = {
    '.config/containers/policy.json': JSON.stringify(policy),
    '.config/containers/registries.d/x.yaml': JSON.stringify(signatures),
  };
  const proxy = elsewhere.url;
  const proxies = { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, http_proxy: proxy, https_proxy: proxy };
  const env = { PATH: `${gpgPath}:${process.env.PATH}`, ...proxies, NO_PROXY: '', no_proxy: '', ...host.env };
  return await placedPull(perTest, references, { ...places, home, env }, ...args);
}

/** Nobody but us has asked anybody. Returns where the relay is told of. */
async function traces(pulled: PlacedPull, servers: readonly Pick<FileServer, 'requests'>[] = []) {
  const clients = [registry, ...servers].flatMap((server) => server.requests().map(({ client }) => client));
  expect(new Set(clients)).toEqual(new Set(['ours']));
  expect(elsewhere.requests()).toEqual([]);
  return await tracesOfRelay(pulled);
}

const lookasides = ['http', 'file', 'the built-in default'] as const;

describe.each(oneOf('relay-signatures', ['4.3', '5.8', '6.1']))('podman %s', (version) => {
  let programs: PodmanPrograms;
  beforeAll(async () => {
    programs = await podmanOf(version);
  });

  const references = () => [`${registry.host}/team/signed:1`, `${registry.host}/team/unsigned:1`];
  const signedBy = () => ({ type: 'signedBy', keyType: 'GPGKeys', keyPath: gpg.publicKey });

  test.each(lookasides)('takes what is signed by GnuPG, and nothing else, from %s', async (kind) => {
    const library = await tempDir(perTest);
    const directory = kind === 'the built-in default' ? join(library, 'sigstore') : await tempDir(perTest);
    await putSignatures(directory, 'team/signed', signed.digest, [signature]);
    const server = await perTest.use(startFileServer(directory));
    const lookaside = {
      http: server.url,
      file: pathToFileURL(directory).href,
      'the built-in default': undefined,
    }[kind];
    const signatures = lookaside ? { docker: { [registry.host]: { lookaside } } } : {};
    const host = { programs, requirement: signedBy(), signatures, library };
    const pulled = await pull(references(), host);
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled', 'policy'], pulled.said]);
    expect(await traces(pulled, [server])).toEqual([]);
    if (kind === 'http') {
      const asked = server
        .requests()
        .map(({ path, status }) => `${path.replace(/sha256=\w+/, 'D')} ${status}`);
      expect(asked.sort()).toEqual([
        '/team/signed@D/signature-1 200',
        '/team/signed@D/signature-2 404',
        '/team/unsigned@D/signature-1 404',
      ]);
    }
  });

  test('takes what it would take without a relay', async () => {
    const directory = await tempDir(perTest);
    await putSignatures(directory, 'team/signed', signed.digest, [signature]);
    const signatures = { docker: { [registry.host]: { lookaside: pathToFileURL(directory).href } } };
    const direct = await pull(references(), { programs, requirement: signedBy(), signatures }, '--direct');
    expect(outcomesOf(direct)).toEqual(['pulled', 'policy']);
    expect(registry.requests().some(({ client }) => client === 'podman')).toBe(true);
  });

  test('knows images by their real names, wherever registries.conf leads', async () => {
    const directory = await tempDir(perTest);
    const manifest = await readFile(join(layoutDir, 'blobs/sha256', signed.digest.replace('sha256:', '')));
    const real = 'registry.example.com/apps/signed:1';
    await putSignatures(directory, 'team/signed', signed.digest, [await gpg.sign(manifest, real)]);
    const table = [
      '[[registry]]',
      'prefix = "registry.example.com/apps"',
      `location = "${registry.host}/team"`,
    ];
    const pulled = await pull([real], {
      programs,
      requirement: signedBy(),
      signatures: { docker: { [`${registry.host}/team`]: { lookaside: pathToFileURL(directory).href } } },
      newRoot: { 'etc/containers/registries.conf': `${table.join('\n')}\ninsecure = true\n` },
    });
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled'], pulled.said]);
    const [image] = await pulled.store.images();
    expect(image?.names).toEqual([real]);
    expect(await traces(pulled)).toEqual([]);
  });

  test('a lookaside that refuses is said, and not asked again', async () => {
    const server = await perTest.use(startFaultProxy({ target: registry.url }));
    server.addFault({ path: /signature-/, action: { kind: 'status', status: 403 } });
    const signatures = { docker: { [registry.host]: { lookaside: server.url } } };
    const host = { programs, requirement: signedBy(), signatures };
    const pulled = await pull(references().slice(0, 1), host, '--retries', '1');
    expect([outcomesOf(pulled), pulled.said]).toEqual([['policy'], pulled.said]);
    expect(pulled.images[0]?.error?.message).toContain(`the lookaside of ${registry.host}/team/signed`);
    expect(pulled.stderr).toContain(`a signature cannot be read: GET ${server.url}/team/signed@`);
    expect(server.requests()).toHaveLength(1);
    expect(await traces(pulled)).toEqual([]);
  });

  test('a lookaside that stumbles for long is asked again', async () => {
    const directory = await tempDir(perTest);
    await putSignatures(directory, 'team/signed', signed.digest, [signature]);
    const files = await perTest.use(startFileServer(directory));
    const server = await perTest.use(startFaultProxy({ target: files.url }));
    // So often it is asked for one image.
    server.addFault({ path: /signature-1/, times: 4, action: { kind: 'reset' } });
    const signatures = { docker: { [registry.host]: { lookaside: server.url } } };
    const host = { programs, requirement: signedBy(), signatures };
    const pulled = await pull(references().slice(0, 1), host, '--retries', '1');
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled'], pulled.said]);
    expect(await traces(pulled, [server])).toEqual([]);
  });

  test('finds sigstore’s signatures beside an image, where it knows of them', async () => {
    const names = [`${registry.host}/team/sigstore:1`, `${registry.host}/team/unsigned:1`];
    const host = {
      programs,
      requirement: { type: 'sigstoreSigned', keyPath: sigstore.publicKey },
      signatures: { docker: { [registry.host]: { 'use-sigstore-attachments': true } } },
    };
    const pulled = await pull(names, host);
    // Debian's podman 4.3 is built without.
    const taken = version === '4.3' ? 'policy' : 'pulled';
    expect([outcomesOf(pulled), pulled.said]).toEqual([[taken, 'policy'], pulled.said]);
    expect(await traces(pulled)).toEqual([]);
    const direct = await pull(names, host, '--direct');
    expect(outcomesOf(direct)).toEqual([taken, 'policy']);
  });
});

describe('root that may not mount', () => {
  test('takes what is signed and nothing else; a dead address stays where podman remembers blobs', async () => {
    const library = await tempDir(perTest);
    await putSignatures(join(library, 'sigstore'), 'team/signed', signed.digest, [signature]);
    const runtime = await tempDir(perTest);
    // podman 5.4 does not make it for root.
    await mkdir(join(runtime, 'libpod/tmp'), { recursive: true });
    const by = ['setpriv', '--bounding-set=-sys_admin', '--'];
    // An unpacked one has mounts of its own.
    const programs = { podman: await findProgram('podman'), skopeo: await findProgram('skopeo') };
    const env = { STORAGE_DRIVER: 'vfs', XDG_RUNTIME_DIR: runtime };
    // It ends the process that stays for others of such a podman.
    perTest.add(async () => {
      await exec('setpriv', [...by.slice(1), programs.podman, 'system', 'migrate'], {
        env,
        cwd: '/',
      });
    });
    const pulled = await pull([`${registry.host}/team/signed:1`, `${registry.host}/team/unsigned:1`], {
      programs,
      requirement: { type: 'signedBy', keyType: 'GPGKeys', keyPath: gpg.publicKey },
      signatures: {},
      library,
      by,
      env,
    });
    expect([outcomesOf(pulled), pulled.said]).toEqual([['pulled', 'policy'], pulled.said]);
    expect(await traces(pulled)).toEqual([
      expect.stringMatching(/^cache\/blob-info-cache-v1\.(?:boltdb|sqlite)$/),
    ]);
  });
});
