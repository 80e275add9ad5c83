import type { ShortNames } from '../model/bound-image.js';
import type { RegistryReference } from '../model/reference/reference.js';
import { memoized } from '../text/memoized.js';
import { aliasCache } from './conf/alias-cache.js';
import { readRegistriesConfOf } from './conf/registries-conf.js';
import { newestKnown, withNewLoader } from './conf/rules.js';
import { fullNames, storedNames } from './conf/short-name.js';
import type { ConfRoots } from './conf-roots.js';

/**
 * Resolves short names with the configuration that counts, which is read when the first is asked for. Which podman will
 * read it is not known here: what the one of today makes of the files comes first, then what podman 6 does.
 */
export function shortNamesOf(roots: () => ConfRoots): (reference: RegistryReference) => ShortNames {
  const configurations = memoized((_: 'all') => {
    const of = roots();
    const cached = aliasCache(of).aliases;
    return [newestKnown, withNewLoader].map((version) => {
      const conf = readRegistriesConfOf(of, version);
      return { ...conf, aliases: new Map([...conf.aliases, ...cached]) };
    });
  });
  return (reference) => {
    const all = configurations('all');
    const pulled = all.flatMap((conf) => {
      const full = fullNames(reference, conf);
      return full.ok ? full.names : [];
    });
    const stored = all.flatMap((conf) => storedNames(reference, conf));
    return { stored: [...new Set(stored)], pulled: [...new Set(pulled)] };
  };
}
