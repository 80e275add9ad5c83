import type { Relay } from '../tools/relay/relay.js';

/** Where podman finds a relay. */
export type RelayPlaces = Pick<Relay, 'address' | 'locationOf' | 'lookasideOf'>;

/**
 * A text of podman in which the real registries stand in the place of the relay, and nothing of the secret in its paths:
 * names, URLs of manifests, blobs and signatures. A line that says nowhere of which registry it is says “the relay”.
 *
 * @param registries those that podman may ask
 */
export function relayWords(
  { address, locationOf, lookasideOf }: RelayPlaces,
  registries: readonly string[],
): (text: string) => string {
  const [host = '', ...rest] = address.split('/');
  const secret = rest.join('/');
  const rules = registries.flatMap((registry) => {
    const location = locationOf(registry);
    const path = location.slice(host.length + 1);
    return [
      rule(`${lookasideOf(registry)}/${path}`, `the lookaside of ${registry}`),
      rule(`http://${host}/v2/${path}`, `https://${registry}/v2`),
      rule(`${host}/v2/${path}`, `${registry}/v2`),
      rule(`/v2/${path}`, '/v2'),
      rule(location, registry),
      rule(path, registry),
    ];
  });
  const registryOf = (line: string) =>
    /\bdocker:\/\/([^/\s"]+)\//.exec(line)?.[1] ??
    registries.find((registry) => line.includes(`${registry}/`)) ??
    (registries.length === 1 ? registries[0] : undefined);
  function translated(line: string): string {
    if (!line.includes(host) && !line.includes(secret)) return line;
    const named = rules.reduce((text, { pattern, theirs }) => text.replace(pattern, () => theirs), line);
    const registry = registryOf(named) ?? 'the relay';
    return named
      .replaceAll(`container registry ${host}`, () => `container registry ${registry}`)
      .replaceAll(`://${host}/`, () => `://${registry}/`)
      .replaceAll(host, 'the relay')
      .replaceAll(secret, 'relay');
  }
  return (text) => text.split('\n').map(translated).join('\n');
}

/** `ours` where nothing goes on with it: `r1` is no part of `r12`. */
function rule(ours: string, theirs: string): { readonly pattern: RegExp; readonly theirs: string } {
  const escaped = ours.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return { pattern: new RegExp(`${escaped}(?![\\w-])`, 'g'), theirs };
}
