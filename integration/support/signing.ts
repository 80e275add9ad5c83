import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { exec, execOk } from './exec.js';
import { findProgram } from './programs.js';
import { type Cleanup, tempDir } from './temp.js';
import { openRecord, type ProxyRequest } from './traffic.js';

/** Signs as a publisher does, by GnuPG: “simple signing”. */
export type GpgSigner = {
  /** Path of the public key. */
  readonly publicKey: string;
  /** The signature of a manifest as that of `name`, which is in full, with a tag. */
  readonly sign: (manifest: Buffer, name: string) => Promise<Buffer>;
};

export async function newGpgSigner(cleanup: Cleanup): Promise<GpgSigner> {
  const home = await tempDir(cleanup);
  const gnupg = join(home, 'gnupg');
  await mkdir(gnupg, { mode: 0o700 });
  const env = { GNUPGHOME: gnupg };
  const who = 'publisher@example.com';
  cleanup.add(async () => void (await exec('gpgconf', ['--kill', 'all'], { env })));
  await execOk(
    'gpg',
    ['--batch', '--passphrase', '', '--quick-generate-key', who, 'rsa2048', 'sign', 'never'],
    {
      env,
    },
  );
  const publicKey = join(home, 'publisher.asc');
  await writeFile(publicKey, await execOk('gpg', ['--armor', '--export', who], { env }));
  return {
    publicKey,
    sign: async (manifest, name) => {
      const [from, to] = [join(home, 'manifest'), join(home, 'signature')];
      await writeFile(from, manifest);
      await execOk('skopeo', ['standalone-sign', from, name, who, '--output', to], { env });
      return await readFile(to);
    },
  };
}

/** Writes signatures where a lookaside below `directory` has those of the image of a repository. */
export async function putSignatures(
  directory: string,
  repository: string,
  digest: string,
  signatures: readonly Buffer[],
): Promise<void> {
  const place = join(directory, `${repository}@${digest.replace(':', '=')}`);
  await mkdir(place, { recursive: true });
  for (const [index, bytes] of signatures.entries())
    await writeFile(join(place, `signature-${index + 1}`), bytes);
}

/** A web server on loopback that hands out what is below a directory, and nothing else. */
export type FileServer = {
  readonly url: string;
  readonly requests: () => readonly ProxyRequest[];
  readonly forget: () => void;
  readonly stop: () => Promise<void>;
};

export async function startFileServer(directory: string): Promise<FileServer> {
  let records: ProxyRequest[] = [];
  const server = createServer((request, response) => {
    const record = openRecord(request);
    records.push(record);
    const answer = (status: number, bytes: Buffer) => {
      record.status = status;
      response.writeHead(status).end(bytes);
    };
    const { pathname } = new URL(request.url ?? '', 'http://x');
    readFile(join(directory, decodeURIComponent(pathname))).then(
      (bytes) => answer(200, bytes),
      () => answer(404, Buffer.from('nothing is there')),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => records,
    forget: () => {
      records = [];
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Keys of sigstore. */
export type SigstoreKeys = {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly passphrase: string;
};

/** @param skopeo one that knows sigstore: Debian 12's does not */
export async function newSigstoreKeys(cleanup: Cleanup, skopeo: string): Promise<SigstoreKeys> {
  const prefix = join(await tempDir(cleanup), 'key');
  const passphrase = `${prefix}.passphrase`;
  await writeFile(passphrase, 'passphrase', { mode: 0o600 });
  const flags = ['--output-prefix', prefix, '--passphrase-file', passphrase];
  await execOk(skopeo, ['generate-sigstore-key', ...flags]);
  return { publicKey: `${prefix}.pub`, privateKey: `${prefix}.private`, passphrase };
}

/** Signs the image of a registry on loopback, where it is: the signature lies beside it. */
export async function signBySigstore(
  cleanup: Cleanup,
  skopeo: string,
  keys: SigstoreKeys,
  name: string,
): Promise<void> {
  const config = await tempDir(cleanup);
  await writeFile(join(config, 'x.yaml'), 'default-docker:\n  use-sigstore-attachments: true\n');
  await execOk(skopeo, [
    ...['--registries.d', config, 'copy', '--quiet', '--preserve-digests', '--src-tls-verify=false'],
    ...['--dest-tls-verify=false', '--sign-by-sigstore-private-key', keys.privateKey],
    ...['--sign-passphrase-file', keys.passphrase, `docker://${name}`, `docker://${name}`],
  ]);
}

/**
 * A directory for PATH with the machine's gpg, for podmans that run where another /usr is: with a shell, a loader and
 * libraries of its own.
 */
export async function portableGpg(cleanup: Cleanup): Promise<string> {
  const directory = await tempDir(cleanup);
  const [library, bin] = [join(directory, 'lib'), join(directory, 'bin')];
  const gpg = await findProgram('gpg');
  const shell = await findProgram('dash');
  await Promise.all([library, bin].map((each) => mkdir(each)));
  const needed = (await execOk('ldd', [gpg])).match(/\/\S+/g) ?? [];
  for (const path of needed) await cp(path, join(library, basename(path)), { dereference: true });
  const loader = needed.map((path) => basename(path)).find((name) => name.startsWith('ld-')) ?? '';
  await cp(gpg, join(directory, 'gpg'));
  await cp(shell, join(directory, 'sh'));
  const run = `exec ${join(library, loader)} --library-path ${library} ${join(directory, 'gpg')} "$@"`;
  await writeFile(join(bin, 'gpg'), `#!${join(directory, 'sh')}\n${run}\n`, { mode: 0o755 });
  return bin;
}
