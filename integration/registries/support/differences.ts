import type { Compared, KnownDifference } from './compare.js';

/** All that our client does otherwise than podman and skopeo. Each has to be met in a full run, or it is no difference. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    id: 'helper-not-here',
    reason:
      'Of the helpers that a bound auth file names, only those are asked that this host has. podman gets a copy without the others.',
    applies: (compared) => missingHelperFor(compared) !== undefined,
    // podman does not ask that registry at all; had it anything, we are done there, and podman goes on.
    without: (behaviour, compared) => {
      const registry = missingHelperFor(compared) ?? '';
      const isOurs = (line: string) => line.split(' ', 1)[0] !== registry;
      const endsThere = compared.ours.visits.at(-1)?.startsWith(`${registry} `) ?? false;
      if (endsThere && compared.ours.outcome === 'found') return { visits: [], tokens: [], outcome: 'found' };
      const tokens = behaviour.tokens.filter((line) => isOurs(line) && !line.includes(`service=${registry}`));
      return { ...behaviour, visits: behaviour.visits.filter(isOurs), tokens };
    },
  },
  {
    id: 'skopeo-beside-docker-config',
    reason:
      'podman takes the file in DOCKER_CONFIG for the one that is named, and so do we; skopeo looks into the others first.',
    applies: ({ program, registryCase: { env, authFile } }) =>
      program === 'skopeo' && env.has('DOCKER_CONFIG') && authFile === undefined,
    // What a registry gives then depends on whose credentials it has seen: only the order of those that are asked is left.
    without: (behaviour) => ({
      ...behaviour,
      visits: [...new Set(behaviour.visits.map((line) => line.split(' ', 1)[0] ?? ''))].slice(0, 1),
      tokens: [],
      outcome: 'found',
    }),
  },
];

/** The registry for which the auth file that is given names a helper that is on no machine. */
function missingHelperFor({ registryCase: { authFile } }: Compared): string | undefined {
  const [, registry] = /"credHelpers":\{"([^"]+)":"missing"\}/.exec(authFile ?? '') ?? [];
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}
