import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { startMemoryRegistry } from '../../hostile/support/memory-registry.js';
import { type DelayProxy, startDelayProxy } from '../../support/delay-proxy.js';
import { hostPlatform } from '../../support/images.js';
import type { Cleanup } from '../../support/temp.js';
import { newCertificateAuthority } from '../../support/tls.js';

/** A registry with TLS behind a way that can take its time. */
export interface PlanOrigin {
  readonly proxy: DelayProxy;
  /** What has to be trusted. */
  readonly authority: string;
  /** Requests of the registry and of its token server since the last `forget`. */
  readonly requests: () => number;
  readonly forget: () => void;
  /** Makes it ask for a token, which anybody gets, or no more. */
  readonly askForTokens: (does: boolean) => void;
  /** A small image that can be pulled, or an index of two; returns its reference by digest. */
  readonly putSmall: (name: string, isIndex: boolean) => string;
  /** An image that can be planned and not pulled: its layers are named and not there. */
  readonly putLayers: (name: string, layers: number) => string;
}

const otherPlatform = { os: 'linux', architecture: 's390x' };

export async function startOrigin(cleanup: Cleanup): Promise<PlanOrigin> {
  const registry = await cleanup.use(startMemoryRegistry());
  const authority = await cleanup.use(newCertificateAuthority());
  const { certFile, keyFile } = await authority.issue('registry');
  const secure = createServer(
    { cert: await readFile(certFile), key: await readFile(keyFile) },
    registry.listener,
  );
  secure.keepAliveTimeout = 120_000;
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  cleanup.add(() => {
    secure.closeAllConnections();
    secure.close();
  });
  const address = secure.address();
  if (address === null || typeof address === 'string') throw new Error('The registry has no port');
  const proxy = await cleanup.use(startDelayProxy(address.port));
  const named = (name: string, digest: string) => `${proxy.host}/${name}@${digest}`;
  return {
    proxy,
    authority: authority.certFile,
    requests: () => registry.requests().length,
    forget: () => {
      registry.forget();
      proxy.forget();
    },
    askForTokens: (does) => {
      registry.behave();
      if (!does) return;
      registry.misbehave(({ path, repository, authorization }, response) => {
        if (path.startsWith('/token')) {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ token: 'anybodys', expires_in: 300 }));
          return true;
        }
        if (authorization !== undefined) return false;
        const scope = repository === '' ? '' : `,scope="repository:${repository}:pull"`;
        const challenge = `Bearer realm="https://${proxy.host}/token",service="bench"${scope}`;
        response.writeHead(401, { 'www-authenticate': challenge, 'content-length': 0 }).end();
        return true;
      });
    },
    putSmall: (name, isIndex) => {
      const platforms = isIndex ? [hostPlatform, otherPlatform] : [hostPlatform];
      return named(name, registry.put(name, '1', { platforms, text: name }).digest);
    },
    putLayers: (name, count) => {
      const layers = Array.from({ length: count }, (_, at) => {
        // The lower half is shared with the other images of a team.
        const owner = at < count / 2 ? `team-${Number(name.replace(/\D/g, '')) % 20}` : name;
        return {
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: digestOf(`${owner} ${at}`),
          size: 1_000_000 + at,
        };
      });
      const config = Buffer.from(
        JSON.stringify({
          ...hostPlatform,
          config: {},
          rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digestOf(digest)) },
          history: layers.map(({ digest }) => ({ created_by: `RUN something long enough # ${digest}` })),
        }),
      );
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const descriptor = {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: registry.putBlob(config),
        size: config.length,
      };
      const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: descriptor, layers });
      return named(name, registry.putManifest(name, '1', mediaType, Buffer.from(manifest)));
    },
  };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
