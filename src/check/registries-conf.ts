import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** The new root's registries.conf (containers-registries.conf(5)): what podman refuses there, and bound images that it blocks. */
export function checkRegistriesConf(_subject: Subject): readonly Diagnostic[] {
  return [];
}
