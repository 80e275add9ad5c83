import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { Subject } from './subject.js';

/** The new root's policy.json and registries.d (containers-policy.json(5)): what podman refuses there, and bound images that it refuses because of it. */
export function checkSignaturePolicy(_subject: Subject): readonly Diagnostic[] {
  return [];
}
