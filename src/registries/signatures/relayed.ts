import type { Relay } from '../../tools/relay/relay.js';
import type { Registry } from '../conf/registry.js';
import type { HostSignatures } from './host-signatures.js';

/**
 * A file of registries.d that says of the relay's names what this host says of the real ones: podman looks signatures up
 * under the name of the place that it asks. They all lie at the relay, which knows where they really are: podman would
 * look for them there under the relay's repository, and tell the secret in it.
 *
 * @param tables of registries.conf: where a mirror would be asked for attachments, the relay is, too
 */
export function relayedSignatures(
  signatures: Pick<HostSignatures, 'attachments' | 'usesAttachments'>,
  registries: readonly string[],
  tables: readonly Registry[],
  { locationOf, lookasideOf }: Pick<Relay, 'locationOf' | 'lookasideOf'>,
): string {
  const docker = new Map<string, Readonly<Record<string, string | boolean>>>();
  const useAttachments = (scope: string, isOn: boolean) =>
    docker.set(scope, { ...docker.get(scope), 'use-sigstore-attachments': isOn });
  const switches = [...signatures.attachments, ...switchesOfMirrors(signatures, tables)];
  for (const registry of registries) {
    const location = locationOf(registry);
    docker.set(location, { lookaside: lookasideOf(registry) });
    useAttachments(location, signatures.usesAttachments(`${registry}/`));
    for (const [scope, isOn] of switches) {
      const [host, ...path] = scope.split('/');
      if (host === registry) useAttachments([location, ...path].join('/'), isOn);
    }
  }
  // Every JSON is YAML.
  return `${JSON.stringify({ docker: Object.fromEntries(docker) }, null, 2)}\n`;
}

/** The prefixes of which an image may come from a place where attachments are looked for. */
function switchesOfMirrors(
  { usesAttachments }: Pick<HostSignatures, 'usesAttachments'>,
  tables: readonly Registry[],
): readonly (readonly [string, true])[] {
  return tables.flatMap(({ prefix, location, mirrors }) => {
    const places = [location, ...mirrors.map((mirror) => mirror.location)].filter((place) => place !== '');
    return places.some((place) => usesAttachments(`${place}/`)) ? [[prefix, true] as const] : [];
  });
}
