import { timingSafeEqual } from 'node:crypto';

/** What somebody asks for who knows the secret. */
export type RequestPath =
  | {
      readonly kind: 'manifest';
      readonly registry: number;
      readonly repository: string;
      readonly reference: string;
    }
  | { readonly kind: 'blob'; readonly registry: number; readonly repository: string; readonly digest: string }
  /** `path` is that below the lookaside of the registry. */
  | { readonly kind: 'lookaside'; readonly registry: number; readonly path: string };

/** No path of podman's has anything that would need to be escaped, or goes up. */
const sound = /^(?!.*\/\.{1,2}(?:\/|$))[\w./@:=+-]{1,2048}$/;
const content =
  /^\/v2\/(?<secret>[\da-f]+)\/r(?<registry>\d{1,4})\/(?<repository>.+)\/(?<kind>manifests|blobs)\/(?<name>[^/]+)$/;
/** podman appends the path of the location and of the repository to that of the lookaside. */
const lookaside = /^\/(?<secret>[\da-f]+)\/(?<again>[\da-f]+)\/r(?<registry>\d{1,4})\/(?<path>.+)$/;

/** Reads the path of a request; null for one without the secret, and for one that podman would not send. */
export function parseRequestPath(path: string, secret: string): RequestPath | null {
  if (!sound.test(path)) return null;
  const groups = (content.exec(path) ?? lookaside.exec(path))?.groups;
  if (groups === undefined || !isSame(groups.secret, secret)) return null;
  const { repository = '', kind, name = '', path: below = '', again } = groups;
  const registry = Number(groups.registry);
  if (kind === 'manifests') return { kind: 'manifest', registry, repository, reference: name };
  if (kind === 'blobs') return { kind: 'blob', registry, repository, digest: name };
  return isSame(again, secret) ? { kind: 'lookaside', registry, path: below } : null;
}

/** Compares in a time that tells nothing about the secret. */
function isSame(given: string | undefined, secret: string): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}
