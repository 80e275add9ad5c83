import type { Binding } from '../model/bound-image.js';
import { repositoryOf } from '../model/reference/image-name.js';
import { parseReference } from '../model/reference/reference.js';
import { readRegistriesConf } from '../registries/conf/registries-conf.js';
import { fullNames } from '../registries/conf/short-name.js';
import type { RootView } from '../root/root-view.js';
import { memoized } from '../text/memoized.js';

/** An image under the name by which podman stores it, whatever it was written as. */
export type Meant = <T extends Pick<Binding, 'reference'>>(image: T) => T;

/** Short names in full, where the root’s registries.conf leaves no doubt: one alias, or one registry to look in. */
export function meantImages(root: RootView): Meant {
  const conf = memoized((_: 'all') => readRegistriesConf(root));
  return (image) => {
    const { reference } = image;
    if (reference.transport !== 'docker' || reference.registry !== null) return image;
    const full = fullNames(reference, conf('all'));
    const [name, ...others] = full.ok ? full.names : [];
    if (name === undefined || others.length > 0) return image;
    const parsed = parseReference(repositoryOf(name));
    if (!parsed.ok || parsed.reference.transport !== 'docker') return image;
    const { registry, repository } = parsed.reference;
    return { ...image, reference: { ...reference, registry, repository } };
  };
}
