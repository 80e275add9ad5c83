import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type BuiltImage, newImageLayout } from '../../integration/support/images.js';
import { pushImage } from '../../integration/support/push-image.js';
import { startRegistry } from '../../integration/support/registry.js';
import { type Cleanup, tempDir } from '../../integration/support/temp.js';
import { type CertificateAuthority, newCertificateAuthority } from '../../integration/support/tls.js';
import { startTokenServer, type TokenUser } from '../../integration/support/token-server.js';

const publicImages = ['shop/web:2.1', 'monitoring/agent:1.4'];
const privateImages = ['shop/database:16', 'shop/billing:3'];
const baseBytes = 6 * 1024 * 1024;

/** What the demo's files need to know about its two registries. */
export type Registries = {
  /** `127.0.0.1:PORT` of the registry that everyone may read. */
  readonly publicHost: string;
  /** The same of the one where each user may read one image. */
  readonly privateHost: string;
  /** Digests by repository and tag. */
  readonly digests: ReadonlyMap<string, string>;
  /** Passwords of the users `new-root` and `current-root`. */
  readonly passwords: { readonly newRoot: string; readonly currentRoot: string };
  /** Signed the certificates of both. */
  readonly authority: CertificateAuthority;
};

/** Starts two registries on loopback, builds four images that share a layer, and pushes them. */
export async function startRegistries(cleanup: Cleanup): Promise<Registries> {
  const authority = await cleanup.use(newCertificateAuthority());
  const user = (...repositories: string[]): TokenUser => {
    return { password: randomBytes(9).toString('hex'), repositories };
  };
  const newRoot = user('shop/database');
  const currentRoot = user('shop/billing');
  const publisher = user('*');
  const tokens = await cleanup.use(
    startTokenServer(authority, { 'new-root': newRoot, 'current-root': currentRoot, publisher }),
  );
  const tls = await authority.issue('registry');
  const { host: publicHost } = await cleanup.use(startRegistry({ tls }));
  const { host: privateHost } = await cleanup.use(startRegistry({ tls, auth: tokens.auth }));

  const dir = await tempDir(cleanup);
  const certDir = join(dir, 'certs');
  await authority.writeCertDir(certDir);
  const layout = await newImageLayout(join(dir, 'layout'));
  const digests = new Map<string, string>();
  const publish = async (host: string, name: string, creds?: string): Promise<void> => {
    const image: BuiltImage = await layout.addImage({
      layers: [
        { seed: 'base', sizeBytes: baseBytes },
        { seed: name, sizeBytes: 1024 * 1024, files: { 'etc/image-name': `${name}\n` } },
      ],
    });
    await pushImage(host, name, layout, image, { certDir, ...(creds && { creds }) });
    digests.set(name, image.digest);
  };
  for (const name of publicImages) await publish(publicHost, name);
  for (const name of privateImages) await publish(privateHost, name, `publisher:${publisher.password}`);
  const passwords = { newRoot: newRoot.password, currentRoot: currentRoot.password };
  return { publicHost, privateHost, digests, passwords, authority };
}
